"""The 56-bit render id: as people say it aloud, and as the bits the watermark carries.

Spoken form: twelve symbols of Crockford's base 32 (no I, L, O, U) and a thirteenth that guards them,
`0K7Q-X3M0-B9TRA`. The guard is a weighted sum over GF(32), all thirteen weights different powers of the
primitive element of x^5 + x^2 + 1; so every single wrong symbol and every swap of two symbols is noticed.

Carried form: the id followed by its CRC-32 (ISO 3309), most significant bit first.
"""

from __future__ import annotations

import zlib

import numpy as np
from numpy.typing import NDArray

from watermark.errors import InvalidRenderId

RENDER_ID_BITS = 56
CHECK_BITS = 32
INFORMATION_BITS = RENDER_ID_BITS + CHECK_BITS

Bits = NDArray[np.uint8]  # each 0 or 1

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_MISHEARD = str.maketrans(
    {"O": "0", "I": "1", "L": "1", " ": None, "-": None, "\u2010": None, "\u2011": None}
)
_SYMBOLS = 12
_GROUPS = (slice(0, 4), slice(4, 8), slice(8, 13))


def format_render_id(render_id: int) -> str:
    """Write an id (0 <= render_id < 2^56) as thirteen symbols in three groups. Raises InvalidRenderId."""
    if not 0 <= render_id < 1 << RENDER_ID_BITS:
        raise InvalidRenderId(text=str(render_id))
    values = [(render_id >> 5 * place) & 31 for place in reversed(range(_SYMBOLS))]
    text = "".join(_ALPHABET[value] for value in [*values, _guard(values)])
    return "-".join(text[group] for group in _GROUPS)


def parse_render_id(text: str) -> int:
    """Read an id as people write it: any case, O for 0, I or L for 1, with or without hyphens.

    Raises InvalidRenderId when the length, a symbol, the guard or the range is wrong.
    """
    symbols = text.strip().upper().translate(_MISHEARD)
    if len(symbols) != _SYMBOLS + 1 or any(symbol not in _ALPHABET for symbol in symbols):
        raise InvalidRenderId(text=text)
    *values, guard = (_ALPHABET.index(symbol) for symbol in symbols)
    render_id = 0
    for value in values:
        render_id = render_id << 5 | value
    if guard != _guard(values) or render_id >> RENDER_ID_BITS:
        raise InvalidRenderId(text=text)
    return render_id


def information_bits(render_id: int) -> Bits:
    """Return the (88,) bits the mark carries: the id, then its CRC-32."""
    if not 0 <= render_id < 1 << RENDER_ID_BITS:
        raise InvalidRenderId(text=str(render_id))
    octets = render_id.to_bytes(RENDER_ID_BITS // 8, "big")
    check = zlib.crc32(octets).to_bytes(CHECK_BITS // 8, "big")
    return np.unpackbits(np.frombuffer(octets + check, np.uint8))


def checked_render_id(bits: Bits) -> int | None:
    """Return the id in (88,) decoded bits, or None when its CRC-32 does not agree."""
    octets = np.packbits(bits).tobytes()
    carried, check = octets[: RENDER_ID_BITS // 8], octets[RENDER_ID_BITS // 8 :]
    if zlib.crc32(carried).to_bytes(CHECK_BITS // 8, "big") != check:
        return None
    return int.from_bytes(carried, "big")


def _guard(values: list[int]) -> int:
    """Horner's rule over GF(32): the sum of values[i] * alpha^(12 - i)."""
    total = 0
    for value in values:
        total = _times_alpha(total ^ value)
    return total


def _times_alpha(value: int) -> int:
    doubled = value << 1
    return doubled ^ 0b100101 if doubled & 0b100000 else doubled
