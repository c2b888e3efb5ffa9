"""What may be written into a field, and how identifiers are made."""

from __future__ import annotations

import re
import secrets
import unicodedata

from consent.errors import N_, BadValue

MAX_TEXT = 2_000
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"  # no look-alikes: identifiers are read out on the telephone
_HANDLE = re.compile(r"[a-z][a-z0-9-]{2,31}")
_SHA256 = re.compile(r"[0-9a-f]{64}")
_FACT_KEY = re.compile(r"[^\W\d_][\w-]{0,39}")


def new_id(prefix: str) -> str:
    """Return a random identifier of 59 bits: prefix, dash, twelve characters."""
    return f"{prefix}-{''.join(secrets.choice(_ALPHABET) for _ in range(12))}"


def checked_text(field: str, value: str, *, limit: int = MAX_TEXT) -> str:
    """Return `value` in NFC, trimmed; raises BadValue when empty, too long or with control characters."""
    if len(value) > limit:
        raise BadValue(field=field, why=N_("it is too long"))
    text = unicodedata.normalize("NFC", value).strip()
    if not text:
        raise BadValue(field=field, why=N_("it is empty"))
    if any(unicodedata.category(char) in {"Cc", "Cs"} and char != "\n" for char in text):
        raise BadValue(field=field, why=N_("it holds characters that cannot be printed"))
    return text


def is_handle(value: str) -> bool:
    """Whether `value` can be a handle: 3 to 32 small letters, digits and dashes."""
    return _HANDLE.fullmatch(value) is not None


def checked_handle(value: str) -> str:
    """Return `value` when it can be a handle."""
    if not is_handle(value):
        raise BadValue(field="handle", why=N_("use 3 to 32 small letters, digits and dashes, no name"))
    return value


def checked_key(value: str) -> str:
    """Return `value` when it can be the key of a fact: a letter, then letters, digits, dashes."""
    if not _FACT_KEY.fullmatch(value):
        raise BadValue(field="key", why=N_("use letters, digits and dashes"))
    return value


def checked_sha256(field: str, value: str) -> str:
    """Return `value` when it is a SHA-256 digest in small hex."""
    if not _SHA256.fullmatch(value):
        raise BadValue(field=field, why=N_("it is not a SHA-256 digest"))
    return value
