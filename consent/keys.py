"""Keys of one archive: the master key of the vault and the Ed25519 key that signs.

They live in `home/keys`, closed to everybody else. The master key is a random key file, or comes from
a passphrase through Argon2id. The signing key is sealed by the master key. Which keys belong to
which archive is recorded in the database (`KeyMarks`), so a wrong one is told apart from a missing one
and a lost key is never silently replaced.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from argon2.low_level import Type, hash_secret_raw
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from consent.errors import KeyCorrupt, KeyExposed, KeyMissing, WrongKey

KEY_BYTES = 32
NONCE_BYTES = 12
MASTER_FILE = "master.key"
KDF_FILE = "kdf.json"
SIGNING_FILE = "signing.key"
RECOVERY_FILE = "recovery.key"
ARGON2ID = {"time_cost": 3, "memory_cost": 65536, "parallelism": 4}  # RFC 9106, second recommendation


@dataclass(frozen=True, slots=True)
class KeyMarks:
    """What the database remembers of its keys: a keyed check value and the public key, 32 bytes each."""

    check: bytes
    public: bytes


@dataclass(frozen=True, slots=True)
class Keys:
    """The keys of an open archive. `master`: 32 bytes, for AES-256-GCM."""

    master: bytes
    signer: Ed25519PrivateKey

    @property
    def public(self) -> bytes:
        """The Ed25519 public key, 32 raw bytes."""
        return self.signer.public_key().public_bytes_raw()

    @property
    def marks(self) -> KeyMarks:
        """What the database keeps to recognise these keys."""
        return KeyMarks(_check(self.master), self.public)

    def sign(self, message: bytes) -> bytes:
        """Ed25519 signature, 64 bytes. Every caller's message starts with a name of its own kind."""
        return self.signer.sign(message)

    def signed(self, signature: bytes, message: bytes) -> bool:
        """Whether `signature` over `message` was made with this archive's key."""
        return signature_holds(self.public, signature, message)


def signature_holds(public: bytes, signature: bytes, message: bytes) -> bool:
    """Whether `signature` over `message` belongs to the Ed25519 public key `public` (32 raw bytes)."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def make_keys(folder: Path, passphrase: bytes | None, *, signer: Ed25519PrivateKey | None = None) -> Keys:
    """Return the keys of a new archive, written to `folder` on first use.

    signer: the signing key to go on with, where there is one already.

    Key files that are already there are used as they are: an interrupted first use goes on.
    """
    folder.mkdir(mode=0o700, exist_ok=True)
    if passphrase is None and not (folder / MASTER_FILE).exists():
        write_secret(folder / MASTER_FILE, secrets.token_bytes(KEY_BYTES))
    if passphrase is not None and not (folder / KDF_FILE).exists():
        recipe = {"kdf": "argon2id", "salt": secrets.token_hex(16), **ARGON2ID}
        write_secret(folder / KDF_FILE, json.dumps(recipe).encode())
    master = _load_master(folder, passphrase)
    if not (folder / SIGNING_FILE).exists():
        private = (signer or Ed25519PrivateKey.generate()).private_bytes_raw()
        write_secret(folder / SIGNING_FILE, seal(master, private, SIGNING_FILE))
    return Keys(master, _load_signer(folder, master))


def load_keys(folder: Path, passphrase: bytes | None, marks: KeyMarks) -> Keys:
    """Return the keys of an archive that exists.

    Raises KeyMissing, KeyCorrupt, KeyExposed or WrongKey; never makes a key.
    """
    master = _load_master(folder, passphrase)
    if not hmac.compare_digest(_check(master), marks.check):
        raise WrongKey
    keys = Keys(master, _load_signer(folder, master))
    if keys.public != marks.public:
        raise WrongKey
    return keys


def _load_master(folder: Path, passphrase: bytes | None) -> bytes:
    if passphrase is None:
        master = read_secret(folder / MASTER_FILE)
        if len(master) != KEY_BYTES:
            raise KeyCorrupt(name=MASTER_FILE)
        return master
    try:
        recipe = json.loads(read_secret(folder / KDF_FILE))
        salt, costs = bytes.fromhex(recipe["salt"]), {name: int(recipe[name]) for name in ARGON2ID}
    except (ValueError, KeyError, TypeError):
        raise KeyCorrupt(name=KDF_FILE) from None
    return hash_secret_raw(passphrase, salt, hash_len=KEY_BYTES, type=Type.ID, **costs)


def _load_signer(folder: Path, master: bytes) -> Ed25519PrivateKey:
    sealed = read_secret(folder / SIGNING_FILE)
    try:
        return Ed25519PrivateKey.from_private_bytes(unseal(master, sealed, SIGNING_FILE))
    except InvalidTag:
        raise KeyCorrupt(name=SIGNING_FILE) from None


def _check(master: bytes) -> bytes:
    return hmac.digest(master, b"presente archive key", sha256)


def seal(key: bytes, plain: bytes, context: str) -> bytes:
    """AES-256-GCM: nonce (12 bytes) || ciphertext || tag. `context` says what and whose it is."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    return nonce + AESGCM(key).encrypt(nonce, plain, context.encode())


def unseal(key: bytes, sealed: bytes, context: str) -> bytes:
    """Open what `seal` closed; raises cryptography's InvalidTag for another key, context or byte."""
    if len(sealed) < NONCE_BYTES:
        raise InvalidTag
    return AESGCM(key).decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], context.encode())


def write_secret(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads (0600), whole or not at all, and flush it to the disk."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(content)
            handle.flush()
            os.fsync(handle.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def read_secret(path: Path) -> bytes:
    """Read a key file; raises KeyMissing, or KeyExposed when others may read it."""
    try:
        if path.stat().st_mode & 0o077:
            raise KeyExposed(name=path.name)
        return path.read_bytes()
    except FileNotFoundError:
        raise KeyMissing(name=path.name) from None
