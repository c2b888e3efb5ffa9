"""Sealed streams: what was written comes back, and nothing else does."""

from __future__ import annotations

import io
import tracemalloc

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st

from consent.stream import CHUNK_BYTES, SALT_BYTES, TAG_BYTES, Opener, Sealer

KEY = bytes(range(32))
SEALED_CHUNK = CHUNK_BYTES + TAG_BYTES
lengths = st.one_of(
    st.integers(0, 100),
    st.builds(
        lambda chunks, more: max(0, chunks * CHUNK_BYTES + more), st.integers(0, 3), st.integers(-1, 1)
    ),
)


def sealed(plain: bytes, *, context: str = "place", piece: int = 50_000) -> bytes:
    target = io.BytesIO()
    sealer = Sealer(KEY, target, context)
    for start in range(0, len(plain), piece):
        sealer.write(plain[start : start + piece])
    sealer.finish()
    return target.getvalue()


def opened(data: bytes, *, key: bytes = KEY, context: str = "place") -> bytes:
    return Opener(key, io.BytesIO(data), context).readall()


def flipped(data: bytes, place: int) -> bytes:
    return data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]


@given(lengths, st.integers(1, 200_000))
def test_what_was_sealed_opens_whatever_its_length(length: int, piece: int) -> None:
    plain = bytes(length % 251 for _ in range(length))
    data = sealed(plain, piece=max(piece, length // 50 + 1))
    assert opened(data) == plain
    assert len(data) == SALT_BYTES + length + TAG_BYTES * max(1, -(-length // CHUNK_BYTES))


@pytest.mark.parametrize("length", [0, 5, CHUNK_BYTES, 3 * CHUNK_BYTES, 3 * CHUNK_BYTES + 5])
def test_whatever_was_done_to_it_does_not_open(length: int) -> None:
    data = sealed(b"x" * length)
    other = sealed(b"x" * length)
    first, rest = data[: SALT_BYTES + SEALED_CHUNK], data[SALT_BYTES + SEALED_CHUNK :]
    changed = [
        b"",
        data[: SALT_BYTES - 1],
        data[:SALT_BYTES],
        data[:-1],
        data + b"x",
        data[:SALT_BYTES] + other[SALT_BYTES:],
        *([first, first + first[SALT_BYTES:] + rest, data[:SALT_BYTES] + rest] if rest else []),
        *(
            data[:place] + bytes([data[place] ^ 1]) + data[place + 1 :]
            for place in (0, SALT_BYTES, len(data) - 1)
        ),
    ]
    for broken in changed:
        with pytest.raises(InvalidTag):
            opened(broken)
    with pytest.raises(InvalidTag):
        opened(data, key=bytes(32))
    with pytest.raises(InvalidTag):
        opened(data, context="another place")


def test_exchanged_chunks_do_not_open() -> None:
    data = sealed(b"a" * CHUNK_BYTES + b"b" * CHUNK_BYTES + b"c")
    salt, one, two = data[:SALT_BYTES], data[SALT_BYTES:][:SEALED_CHUNK], data[SALT_BYTES + SEALED_CHUNK :]
    with pytest.raises(InvalidTag):
        opened(salt + two[:SEALED_CHUNK] + one + two[SEALED_CHUNK:])


def test_what_was_not_finished_does_not_open() -> None:
    target = io.BytesIO()
    Sealer(KEY, target, "place").write(b"x" * (2 * CHUNK_BYTES + 1))
    with pytest.raises(InvalidTag):
        opened(target.getvalue())


class Counted:
    """Zeros that are nowhere, and a hole that keeps nothing."""

    def __init__(self, length: int) -> None:
        self.left = length

    def read(self, count: int) -> bytes:
        count = min(count, self.left)
        self.left -= count
        return bytes(count)


def test_memory_does_not_grow_with_the_file() -> None:
    peaks = []
    for megabytes in (4, 48):
        with open("/dev/null", "wb") as hole:  # noqa: PTH123 - a device, not a path of ours
            tracemalloc.start()
            sealer, source = Sealer(KEY, hole, "place"), Counted(megabytes * 2**20)
            while piece := source.read(CHUNK_BYTES):
                sealer.write(piece)
            sealer.finish()
            peaks.append(tracemalloc.get_traced_memory()[1])
            tracemalloc.stop()
    assert max(peaks) < 2 * 2**20
