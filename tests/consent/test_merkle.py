from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree

from consent import merkle

# The leaves and roots that Certificate Transparency publishes with its reference implementation.
INPUTS = [
    "",
    "00",
    "10",
    "2021",
    "3031",
    "40414243",
    "5051525354555657",
    "606162636465666768696a6b6c6d6e6f",
]
ROOTS = [
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
# Proofs of the same reference: (leaf, size, path) and (old size, size, path).
NODES = {
    "1": "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7",
    "23": "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e",
    "4": "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b",
    "45": "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a",
    "67": "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0",
    "4567": "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4",
    "0": ROOTS[0],
    "01": ROOTS[1],
    "0123": ROOTS[3],
}
INCLUSIONS = [
    (0, 1, []),
    (0, 8, ["1", "23", "4567"]),
    (5, 8, ["4", "67", "0123"]),
    (2, 3, ["01"]),
    (1, 5, ["0", "23", "4"]),
]
GROWTHS = [(1, 1, []), (1, 8, ["1", "23", "4567"]), (6, 8, ["45", "67", "0123"]), (2, 5, ["23", "4"])]
sizes = st.integers(1, 70)


def leaves(count: int) -> list[bytes]:
    return [merkle.leaf_hash(str(number).encode()) for number in range(count)]


def test_roots_are_the_published_ones() -> None:
    hashed = [merkle.leaf_hash(bytes.fromhex(data)) for data in INPUTS]
    assert [merkle.root_of(hashed[: size + 1]).hex() for size in range(len(INPUTS))] == ROOTS
    assert merkle.root_of([]) == sha256(b"").digest()


def test_proofs_are_the_published_ones() -> None:
    hashed = [merkle.leaf_hash(bytes.fromhex(data)) for data in INPUTS]
    roots = [bytes.fromhex(root) for root in ROOTS]
    for index, size, path in INCLUSIONS:
        proof = [bytes.fromhex(NODES[node]) for node in path]
        assert merkle.inclusion_proof(hashed[:size], index) == proof
        assert merkle.includes(hashed[index], index, size, proof, roots[size - 1])
    for old, size, path in GROWTHS:
        proof = [bytes.fromhex(NODES[node]) for node in path]
        assert merkle.consistency_proof(hashed[:size], old) == proof
        assert merkle.extends(old, roots[old - 1], size, roots[size - 1], proof)


@given(sizes, st.data())
def test_pymerkle_computes_the_same_roots_and_proofs(size: int, data: st.DataObject) -> None:
    oracle = InmemoryTree(algorithm="sha256")
    for number in range(size):
        oracle.append_entry(str(number).encode())
    index, old = data.draw(st.integers(0, size - 1)), data.draw(sizes.filter(lambda old: old <= size))
    tree = leaves(size)
    assert merkle.root_of(tree) == oracle.get_root(size)
    assert merkle.root_of(tree[:old]) == oracle.get_root(old)
    theirs = oracle.prove_inclusion(index + 1, size).path  # begins with the leaf itself
    assert {*merkle.inclusion_proof(tree, index), tree[index]} == set(theirs)


@given(sizes, st.data())
def test_every_entry_has_a_proof_and_no_other_entry_does(size: int, data: st.DataObject) -> None:
    tree = leaves(size)
    index, other = data.draw(st.integers(0, size - 1)), data.draw(st.integers(0, size - 1))
    proof, root = merkle.inclusion_proof(tree, index), merkle.root_of(tree)
    assert merkle.includes(tree[index], index, size, proof, root)
    assert merkle.includes(tree[other], other, size, proof, root) == (other == index)
    assert not merkle.includes(tree[index], index, size, [*proof, root], root)
    assert not merkle.includes(tree[index], size, size, proof, root)


@given(sizes, sizes, st.integers(0, 5), st.integers(0, 255))
def test_growth_is_proved_and_a_changed_past_is_not(first: int, second: int, place: int, byte: int) -> None:
    old, size = sorted((first, second))
    tree = leaves(size)
    proof, root = merkle.consistency_proof(tree, old), merkle.root_of(tree)
    old_root = merkle.root_of(tree[:old])
    assert merkle.extends(old, old_root, size, root, proof)
    other = merkle.root_of([*tree[: old - 1], merkle.leaf_hash(b"another")])
    assert not merkle.extends(old, other, size, root, proof)
    if place < len(proof) and proof[place][0] != byte:
        bent = [*proof]
        bent[place] = bytes([byte]) + proof[place][1:]
        assert not merkle.extends(old, old_root, size, root, bent)


def test_places_outside_the_tree_have_no_proof() -> None:
    for index in (-1, 3):
        with pytest.raises(IndexError):
            merkle.inclusion_proof(leaves(3), index)
    for size in (0, 4):
        with pytest.raises(IndexError):
            merkle.consistency_proof(leaves(3), size)
    with pytest.raises(ValueError, match="peak"):
        merkle.Frontier(3, [b""])
