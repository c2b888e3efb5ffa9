"""The signing keys: a root that says "this is ours" and a leaf that signs, made on first use.

    keys_dir (0700)
    ├── root.pem      (0600)  private key and self-signed certificate, ten years
    └── signer.pem    (0600)  private key and certificate issued by the root, one year, renewed in time

Key and certificate lie in one file each, so that they appear and change together. The profile is
C2PA 2.2, 14.5.1 (X.509 certificates): P-256, SHA-256, critical digitalSignature, emailProtection,
subject and authority key identifiers. The root's public part is the trust anchor to hand out.
"""

from __future__ import annotations

import os
import secrets
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from watermark.errors import KeysBroken, KeysExpired, KeysExposed, KeysForeign, KeysMisplaced, RootKeyAway

ROOT_LIFE: Final = timedelta(days=3652)
LEAF_LIFE: Final = timedelta(days=365)
RENEW_BEFORE: Final = timedelta(days=30)
CLOCK_SKEW: Final = timedelta(hours=1)
"""Certificates begin this much in the past, for readers whose clock is slow."""

C2PA_CLAIM_SIGNING: Final = x509.ObjectIdentifier("1.3.6.1.4.1.62558.2.1")
ROOT_FILE: Final = "root.pem"
SIGNER_FILE: Final = "signer.pem"


@dataclass(frozen=True, slots=True)
class Signer:
    """Whoever signs: a certificate chain and a function that signs, wherever the key may live.

    sign: takes the bytes to be signed, returns the ECDSA P-256/SHA-256 signature as r || s, 64 bytes
    (IEEE P1363; a PKCS#11 token gives exactly that). chain: PEM, the leaf first, without the root.
    anchor: PEM of the root, which verifiers are given.
    """

    sign: Callable[[bytes], bytes]
    chain: bytes
    anchor: bytes


@dataclass(frozen=True, slots=True)
class _Identity:
    """A certificate and, unless it is kept elsewhere, its private key."""

    certificate: x509.Certificate
    key: ec.EllipticCurvePrivateKey | None


def ensure_signer(keys_dir: Path, *, organisation: str = "Presente", now: datetime | None = None) -> Signer:
    """Return the signer kept in `keys_dir`, making root and leaf on first use and renewing the leaf.

    Safe to call from several processes at once: whoever comes second takes what the first one made.
    `organisation` is what readers of the credentials show as the signer; `now` (aware) is for tests.

    Raises KeysMisplaced, KeysExposed, KeysBroken, KeysForeign, KeysExpired or RootKeyAway; existing keys
    are never replaced, because videos signed by them would no longer be recognised.
    """
    now = now or datetime.now(UTC)
    _ensure_private_folder(keys_dir)
    root_file, signer_file = keys_dir / ROOT_FILE, keys_dir / SIGNER_FILE
    if not root_file.exists():
        if signer_file.exists():
            raise KeysBroken(file=ROOT_FILE)  # a leaf without its root: half a backup
        _write_once(root_file, _make_root(organisation, now))
    root = _load(root_file)
    _check_root(root, now)
    if not signer_file.exists():
        _write_once(signer_file, _issue_leaf(root, organisation, now))
    leaf = _load(signer_file)
    _check_issued(leaf, root)
    if leaf.certificate.not_valid_after_utc - now < RENEW_BEFORE:
        _write_over(signer_file, _issue_leaf(root, organisation, now))
        leaf = _load(signer_file)
    return _signer(leaf, root)


def trust_anchor(keys_dir: Path) -> bytes:
    """Return the root certificate in `keys_dir` as PEM, public, to be given to verifiers.

    Raises KeysBroken or KeysExposed if `root.pem` is missing or unusable.
    """
    return _pem(_load(keys_dir / ROOT_FILE).certificate)


def _signer(leaf: _Identity, root: _Identity) -> Signer:
    key = leaf.key
    if key is None:
        raise KeysBroken(file=SIGNER_FILE)

    def sign(data: bytes) -> bytes:
        r, s = decode_dss_signature(key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    return Signer(sign=sign, chain=_pem(leaf.certificate), anchor=_pem(root.certificate))


def _make_root(organisation: str, now: datetime) -> _Identity:
    key = ec.generate_private_key(ec.SECP256R1())
    # The suffix keeps the roots of two collectives apart in one trust list.
    name = _name(organisation, f"{organisation} root {secrets.token_hex(4)}")
    builder = (
        _builder(name, name, key.public_key(), key.public_key(), now, now + ROOT_LIFE)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(certificates=True), critical=True)
    )
    return _Identity(builder.sign(key, hashes.SHA256()), key)


def _issue_leaf(root: _Identity, organisation: str, now: datetime) -> _Identity:
    if root.key is None:
        raise RootKeyAway(file=ROOT_FILE)
    key = ec.generate_private_key(ec.SECP256R1())
    until = min(now + LEAF_LIFE, root.certificate.not_valid_after_utc)
    issuer, name = root.certificate.subject, _name(organisation, f"{organisation} signer")
    usages = [ExtendedKeyUsageOID.EMAIL_PROTECTION, C2PA_CLAIM_SIGNING]
    builder = (
        _builder(name, issuer, key.public_key(), root.key.public_key(), now, until)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    )
    return _Identity(builder.sign(root.key, hashes.SHA256()), key)


def _builder(
    subject: x509.Name,
    issuer: x509.Name,
    public: ec.EllipticCurvePublicKey,
    issuer_public: ec.EllipticCurvePublicKey,
    now: datetime,
    until: datetime,
) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(public)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - CLOCK_SKEW)
        .not_valid_after(until)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(public), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer_public), critical=False)
    )


def _key_usage(*, certificates: bool) -> x509.KeyUsage:
    """A root signs certificates, a leaf signs data, and neither does anything else."""
    return x509.KeyUsage(
        digital_signature=not certificates,
        key_cert_sign=certificates,
        crl_sign=certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _name(organisation: str, common_name: str) -> x509.Name:
    return x509.Name(
        [
            x509.NameAttribute(NameOID.ORGANIZATION_NAME, organisation),
            x509.NameAttribute(NameOID.COMMON_NAME, common_name),
        ]
    )


def _check_root(root: _Identity, now: datetime) -> None:
    _check_pair(root, ROOT_FILE)
    try:
        root.certificate.verify_directly_issued_by(root.certificate)
    except (ValueError, InvalidSignature):
        raise KeysForeign(file=ROOT_FILE) from None
    if root.certificate.not_valid_after_utc <= now:
        raise KeysExpired(file=ROOT_FILE, date=root.certificate.not_valid_after_utc.date().isoformat())


def _check_issued(leaf: _Identity, root: _Identity) -> None:
    _check_pair(leaf, SIGNER_FILE)
    try:
        leaf.certificate.verify_directly_issued_by(root.certificate)
    except (ValueError, InvalidSignature):
        raise KeysForeign(file=SIGNER_FILE) from None


def _check_pair(identity: _Identity, file: str) -> None:
    if identity.key is not None and identity.key.public_key() != identity.certificate.public_key():
        raise KeysForeign(file=file)


def _load(path: Path) -> _Identity:
    """Read certificate and key; a file without a private key gives an identity without one."""
    try:
        if os.name == "posix" and stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise KeysExposed(file=path.name)
        pem = path.read_bytes()
        certificate = x509.load_pem_x509_certificate(pem)
        key = serialization.load_pem_private_key(pem, None) if b"PRIVATE KEY-----" in pem else None
    except (OSError, ValueError, TypeError):
        raise KeysBroken(file=path.name) from None
    public = certificate.public_key()
    if not isinstance(public, ec.EllipticCurvePublicKey) or not isinstance(public.curve, ec.SECP256R1):
        raise KeysBroken(file=path.name)
    if key is not None and not isinstance(key, ec.EllipticCurvePrivateKey):
        raise KeysForeign(file=path.name)
    return _Identity(certificate, key)


def _pem(certificate: x509.Certificate) -> bytes:
    return certificate.public_bytes(serialization.Encoding.PEM)


def _ensure_private_folder(folder: Path) -> None:
    if folder.resolve().is_relative_to(Path(__file__).resolve().parents[1]):
        raise KeysMisplaced
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and stat.S_IMODE(folder.stat().st_mode) & 0o077:
        raise KeysExposed(file=folder.name)


def _write_once(path: Path, identity: _Identity) -> None:
    """Create `path` whole or not at all; if another process was faster, keep what it wrote."""
    temporary = _write_beside(path, identity)
    try:
        path.hardlink_to(temporary)  # unlike a rename, a link refuses to replace
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def _write_over(path: Path, identity: _Identity) -> None:
    _write_beside(path, identity).replace(path)


def _write_beside(path: Path, identity: _Identity) -> Path:
    if identity.key is None:
        raise KeysBroken(file=path.name)
    private = identity.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as handle:
        handle.write(private + _pem(identity.certificate))
        handle.flush()
        os.fsync(handle.fileno())
    return temporary
