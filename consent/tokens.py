"""What is handed to a person once and never kept: tokens of sessions, links and recoveries.

The archive keeps a digest. A token has 256 random bits, so the digest needs neither salt nor work.
"""

from __future__ import annotations

import hmac
import secrets
from hashlib import sha256

TOKEN_BYTES = 32


def new_token() -> tuple[str, str]:
    """Return a token for a URL (43 characters) and the digest to keep of it."""
    token = secrets.token_urlsafe(TOKEN_BYTES)
    return token, digest(token)


def digest(token: str) -> str:
    """SHA-256 of a token, hex. Any text can be asked about."""
    return sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


def keyed_digest(key: bytes, purpose: str, text: str) -> str:
    """HMAC-SHA-256, hex, of a text that may be short or a secret typed into the wrong field."""
    return hmac.digest(key, f"presente {purpose}\0{text}".encode("utf-8", "surrogatepass"), sha256).hex()
