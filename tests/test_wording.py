"""Whatever the archive can call by a key has words: nobody is shown an English code."""

from __future__ import annotations

import pytest

from consent.accounts import Role
from consent.cases import ProtectionOrder, Status
from consent.records import State
from consent.relatives import Relationship
from consent.terms import Scope
from portrait import wording


@pytest.mark.parametrize("words, keys", [
    (wording.CASES, Status), (wording.SCOPES, Scope), (wording.RELATIONSHIPS, Relationship),
    (wording.CONSENTS, State), (wording.ORDERS, ProtectionOrder), (wording.ROLES, Role),
])  # fmt: skip
def test_every_key_has_words(words, keys):
    assert set(words) == set(keys)
