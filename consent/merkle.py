"""The Merkle tree of RFC 9162 (section 2.1): hashes, inclusion and consistency proofs.

Convention: MTH over leaves d[0..n) splits at the largest power of two below n; a leaf is hashed with
the prefix 0x00 and a node with 0x01, so that neither can be passed off as the other. Hashes are 32
bytes of SHA-256. Proofs are lists of hashes from the leaf upwards.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def leaf_hash(data: bytes) -> bytes:
    """Hash of one leaf: SHA-256(0x00 || data)."""
    return sha256(b"\x00" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash of an inner node: SHA-256(0x01 || left || right)."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The right edge of a growing tree: enough to append and to name the root, log2(n) hashes.

    peaks: roots of the perfect subtrees that make up the tree, largest first; their sizes are the
    binary digits of `size`.
    """

    def __init__(self, size: int = 0, peaks: Sequence[bytes] = ()) -> None:
        if len(peaks) != size.bit_count():
            raise ValueError("a frontier has one peak for each binary digit of its size")
        self.size = size
        self.peaks = list(peaks)

    def append(self, leaf: bytes) -> None:
        """Add the hash of the next leaf."""
        peak = leaf
        for _ in range(_trailing_ones(self.size)):
            peak = node_hash(self.peaks.pop(), peak)
        self.peaks.append(peak)
        self.size += 1

    @property
    def root(self) -> bytes:
        """Root of the tree; SHA-256 of nothing for an empty one."""
        if not self.peaks:
            return sha256(b"").digest()
        right = self.peaks[-1]
        for left in reversed(self.peaks[:-1]):
            right = node_hash(left, right)
        return right


def root_of(leaves: Sequence[bytes]) -> bytes:
    """Root over leaf hashes, in order (MTH)."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root


def inclusion_proof(leaves: Sequence[bytes], index: int) -> list[bytes]:
    """PATH(index, D_n) of section 2.1.3.1 over leaf hashes; raises IndexError outside the tree."""
    if not 0 <= index < len(leaves):
        raise IndexError(index)
    if len(leaves) == 1:
        return []
    split = _split(len(leaves))
    if index < split:
        return [*inclusion_proof(leaves[:split], index), root_of(leaves[split:])]
    return [*inclusion_proof(leaves[split:], index - split), root_of(leaves[:split])]


def includes(leaf: bytes, index: int, size: int, proof: Sequence[bytes], root: bytes) -> bool:
    """Whether `proof` shows that `leaf` is number `index` of the tree of `size` under `root` (2.1.3.2)."""
    if not 0 <= index < size:
        return False
    position, last, current = index, size - 1, leaf
    for sibling in proof:
        if last == 0:
            return False
        if position & 1 or position == last:
            current = node_hash(sibling, current)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            current = node_hash(current, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and current == root


def consistency_proof(leaves: Sequence[bytes], old_size: int) -> list[bytes]:
    """PROOF(old_size, D_n) of section 2.1.4.1; raises IndexError unless 0 < old_size <= n."""
    if not 0 < old_size <= len(leaves):
        raise IndexError(old_size)
    return _subproof(leaves, old_size, whole=True)


def _subproof(leaves: Sequence[bytes], old_size: int, *, whole: bool) -> list[bytes]:
    if old_size == len(leaves):
        return [] if whole else [root_of(leaves)]
    split = _split(len(leaves))
    if old_size <= split:
        return [*_subproof(leaves[:split], old_size, whole=whole), root_of(leaves[split:])]
    return [*_subproof(leaves[split:], old_size - split, whole=False), root_of(leaves[:split])]


def extends(old_size: int, old_root: bytes, size: int, root: bytes, proof: Sequence[bytes]) -> bool:
    """Whether `proof` shows that the tree of `size` only adds to the one of `old_size` (2.1.4.2)."""
    if not 0 < old_size <= size:
        return False
    if old_size == size:
        return not proof and old_root == root
    path = list(proof)
    if old_size & (old_size - 1) == 0:  # an exact power of two: its own root starts the path
        path.insert(0, old_root)
    if not path:
        return False
    position, last = old_size - 1, size - 1
    while position & 1:
        position, last = position >> 1, last >> 1
    old = new = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if position & 1 or position == last:
            old, new = node_hash(sibling, old), node_hash(sibling, new)
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            new = node_hash(new, sibling)
        position, last = position >> 1, last >> 1
    return last == 0 and old == old_root and new == root


def _split(count: int) -> int:
    """Return the largest power of two below `count` (count > 1)."""
    return 1 << ((count - 1).bit_length() - 1)


def _trailing_ones(number: int) -> int:
    return (~number & (number + 1)).bit_length() - 1
