"""The sealing keys: made once, and never again behind anybody's back."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from portrait.seal import WATERMARK_KEY, SealKeyLost, open_seal


def test_keys_are_made_once_for_their_owner_alone(tmp_path):
    first, second = open_seal(tmp_path / "keys"), open_seal(tmp_path / "keys")
    assert (first.key, first.anchor) == (second.key, second.anchor)
    assert {path.stat().st_mode & 0o077 for path in (tmp_path / "keys").iterdir()} == {0}


@pytest.mark.parametrize("harm", ["lost", "cut short"])
def test_a_harmed_key_is_not_replaced(tmp_path, harm):
    open_seal(tmp_path)
    key = tmp_path / WATERMARK_KEY
    key.unlink() if harm == "lost" else key.write_bytes(key.read_bytes()[:20])
    before = {path.name for path in tmp_path.iterdir()}
    with pytest.raises(SealKeyLost):
        open_seal(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == before


def test_two_first_uses_at_once_share_one_key(tmp_path):
    with ThreadPoolExecutor(8) as pool:
        seals = list(pool.map(open_seal, [tmp_path / "keys"] * 8))
    assert len({seal.key for seal in seals}) == 1
    assert len({seal.anchor for seal in seals}) == 1
