import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from watermark.code import CODED_BITS, decode, encode
from watermark.errors import InvalidRenderId
from watermark.payload import (
    INFORMATION_BITS,
    RENDER_ID_BITS,
    checked_render_id,
    format_render_id,
    information_bits,
    parse_render_id,
)

render_ids = st.integers(0, 2**RENDER_ID_BITS - 1)
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


@given(render_ids)
def test_a_written_id_reads_back(render_id):
    assert parse_render_id(format_render_id(render_id)) == render_id


def test_the_written_form_does_not_change():
    assert format_render_id(0) == "0000-0000-00000"
    assert format_render_id(2**56 - 1) == "1ZZZ-ZZZZ-ZZZZX"


@given(render_ids)
def test_an_id_reads_back_as_people_say_it(render_id):
    spoken = format_render_id(render_id).lower().replace("-", " ").replace("0", "o").replace("1", "l")
    assert parse_render_id(f" {spoken} ") == render_id


@given(render_ids, st.integers(0, 12), st.sampled_from(ALPHABET))
def test_one_wrong_symbol_is_noticed(render_id, place, symbol):
    symbols = list(format_render_id(render_id).replace("-", ""))
    if symbols[place] == symbol:
        return
    symbols[place] = symbol
    with pytest.raises(InvalidRenderId):
        parse_render_id("".join(symbols))


@given(render_ids, st.integers(0, 12), st.integers(0, 12))
def test_two_swapped_symbols_are_noticed(render_id, one, other):
    symbols = list(format_render_id(render_id).replace("-", ""))
    if symbols[one] == symbols[other]:
        return
    symbols[one], symbols[other] = symbols[other], symbols[one]
    with pytest.raises(InvalidRenderId):
        parse_render_id("".join(symbols))


@pytest.mark.parametrize("text", ["", "0000", "0000-0000-0000U", "0000-0000-000000", "¿0000-0000-0000"])
def test_what_is_no_id_is_refused(text):
    with pytest.raises(InvalidRenderId) as caught:
        parse_render_id(text)
    assert caught.value.details == {"text": text}


@pytest.mark.parametrize("render_id", [-1, 2**56])
def test_an_id_out_of_range_is_refused(render_id):
    with pytest.raises(InvalidRenderId):
        format_render_id(render_id)
    with pytest.raises(InvalidRenderId):
        information_bits(render_id)


def test_the_check_is_the_standard_crc_32():
    # ISO 3309 check value of the bytes 00 00 00 00 00 00 01, computed independently bit by bit
    register = 0xFFFFFFFF
    for octet in (0, 0, 0, 0, 0, 0, 1):
        register ^= octet
        for _ in range(8):
            register = register >> 1 ^ (0xEDB88320 if register & 1 else 0)
    carried = np.packbits(information_bits(1)).tobytes()
    assert carried == bytes([0, 0, 0, 0, 0, 0, 1]) + (register ^ 0xFFFFFFFF).to_bytes(4, "big")


@given(render_ids, st.integers(0, INFORMATION_BITS - 1))
def test_the_crc_accepts_the_id_and_no_single_flipped_bit(render_id, place):
    bits = information_bits(render_id)
    assert checked_render_id(bits) == render_id
    bits[place] ^= 1
    assert checked_render_id(bits) is None


@given(render_ids, st.lists(st.integers(0, CODED_BITS - 1), max_size=11, unique=True))
def test_eleven_wrong_coded_bits_are_always_corrected(render_id, places):
    """Half the free distance of 24, less one."""
    bits = information_bits(render_id)
    coded = encode(bits)
    coded[places] ^= 1
    assert np.array_equal(decode(1.0 - 2.0 * coded), bits)


def test_soft_evidence_as_loud_as_the_noise_is_decoded():
    rng = np.random.default_rng(3)
    for render_id in rng.integers(0, 2**56, 20):
        bits = information_bits(int(render_id))
        evidence = 1.0 - 2.0 * encode(bits) + rng.normal(0, 1, CODED_BITS)
        assert checked_render_id(decode(evidence)) == render_id
