"""Passwords: Argon2id, and nothing that tells a wrong one from a missing one."""

from __future__ import annotations

import unicodedata
from functools import cache

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError

from consent.errors import N_, BadValue

MIN_PASSWORD = 12
MAX_PASSWORD = 1_000
_hasher = PasswordHasher()  # Argon2id; argon2-cffi's defaults are RFC 9106's second recommendation


def hashed(password: str) -> str:
    """Return what is stored of a new password; raises BadValue when it has not 12 to 1000 characters."""
    if len(password) < MIN_PASSWORD:
        raise BadValue(field="password", why=N_("use at least 12 characters"))
    if len(password) > MAX_PASSWORD:
        raise BadValue(field="password", why=N_("it is too long"))
    return _hasher.hash(_octets(password))


def matches(stored: str | None, password: str) -> bool:
    """Whether `password` is the stored one; takes as long when there is none."""
    try:
        _hasher.verify(stored or _nobodys(), _octets(password[: MAX_PASSWORD + 1]))
    except (VerifyMismatchError, InvalidHashError):
        return False
    return stored is not None


def _octets(password: str) -> bytes:
    """The same octets for the same characters, however the keyboard composed them (RFC 8265, section 4.2)."""
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


@cache
def _nobodys() -> str:
    """What a password is compared with when there is no such account."""
    return _hasher.hash(b"nobody")
