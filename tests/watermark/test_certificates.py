from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.x509.oid import ExtendedKeyUsageOID

import watermark
from watermark.certificates import LEAF_LIFE, ROOT_FILE, SIGNER_FILE, ensure_signer, trust_anchor
from watermark.errors import (
    KeysBroken,
    KeysExpired,
    KeysExposed,
    KeysForeign,
    KeysMisplaced,
    RootKeyAway,
)


def leaf(signer) -> x509.Certificate:
    return x509.load_pem_x509_certificate(signer.chain)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_keys_are_made_once_and_for_their_owner_alone(tmp_path):
    keys = tmp_path / "archive" / "keys"
    first, second = ensure_signer(keys), ensure_signer(keys)
    assert (first.chain, first.anchor) == (second.chain, second.anchor)
    assert trust_anchor(keys) == first.anchor
    assert b"PRIVATE" not in first.chain + first.anchor
    assert sorted(path.name for path in keys.iterdir()) == [ROOT_FILE, SIGNER_FILE]
    assert mode(keys) == 0o700
    assert [mode(path) for path in keys.iterdir()] == [0o600, 0o600]


def test_profile_is_the_one_c2pa_asks_for(tmp_path):
    signer = ensure_signer(tmp_path / "keys", organisation="Colectivo de prueba")
    root, certificate = x509.load_pem_x509_certificate(signer.anchor), leaf(signer)
    certificate.verify_directly_issued_by(root)
    extensions = certificate.extensions
    usage = extensions.get_extension_for_class(x509.KeyUsage)
    assert usage.critical
    assert usage.value.digital_signature
    assert not usage.value.key_cert_sign
    assert not extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    purposes = extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    assert ExtendedKeyUsageOID.EMAIL_PROTECTION in purposes
    root_key = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value.digest
    issuer = extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
    assert issuer.key_identifier == root_key
    assert "Colectivo de prueba" in certificate.subject.rfc4514_string()
    constraints = root.extensions.get_extension_for_class(x509.BasicConstraints).value
    assert (constraints.ca, constraints.path_length) == (True, 0)


def test_signature_is_r_and_s_of_p256(tmp_path):
    signer = ensure_signer(tmp_path / "keys")
    raw = signer.sign(b"claim")
    assert len(raw) == 64
    halves = (int.from_bytes(half, "big") for half in (raw[:32], raw[32:]))
    leaf(signer).public_key().verify(encode_dss_signature(*halves), b"claim", ec.ECDSA(hashes.SHA256()))


def test_two_collectives_have_roots_of_different_names(tmp_path):
    subjects = {
        x509.load_pem_x509_certificate(ensure_signer(tmp_path / name).anchor).subject
        for name in ("one", "two")
    }
    assert len(subjects) == 2


def test_leaf_is_renewed_before_it_ends_and_the_root_stays(tmp_path):
    keys, now = tmp_path / "keys", datetime.now(UTC)
    first = ensure_signer(keys, now=now)
    assert ensure_signer(keys, now=now + LEAF_LIFE - timedelta(days=31)).chain == first.chain
    renewed = ensure_signer(keys, now=now + LEAF_LIFE - timedelta(days=29))
    assert renewed.chain != first.chain
    assert renewed.anchor == first.anchor
    assert leaf(renewed).not_valid_after_utc > now + timedelta(days=690)
    assert mode(keys / SIGNER_FILE) == 0o600


def test_leaf_never_outlives_the_root(tmp_path):
    keys, now = tmp_path / "keys", datetime.now(UTC)
    root = x509.load_pem_x509_certificate(ensure_signer(keys, now=now).anchor)
    last = leaf(ensure_signer(keys, now=now + timedelta(days=3600)))
    assert last.not_valid_after_utc == root.not_valid_after_utc


def test_many_at_once_agree(tmp_path):
    keys = tmp_path / "keys"
    with ThreadPoolExecutor(8) as pool:
        signers = list(pool.map(lambda _: ensure_signer(keys), range(16)))
    assert len({signer.anchor for signer in signers}) == 1
    assert len({signer.chain for signer in signers}) == 1
    assert len(list(keys.iterdir())) == 2


@pytest.fixture
def keys(tmp_path) -> Path:
    ensure_signer(tmp_path / "keys")
    return tmp_path / "keys"


def private(path: Path) -> bytes:
    return path.read_bytes().split(b"-----BEGIN CERTIFICATE")[0]


def certificate(path: Path) -> bytes:
    return path.read_bytes().removeprefix(private(path))


@pytest.mark.parametrize("file", [ROOT_FILE, SIGNER_FILE])
@pytest.mark.parametrize("octets", [b"", b"hello", b"\x00" * 4000, b"-----BEGIN CERTIFICATE-----\nAAAA\n"])
def test_damaged_keys_are_refused_and_kept(keys, file, octets):
    (keys / file).write_bytes(octets)
    with pytest.raises(KeysBroken, match=file):
        ensure_signer(keys)
    assert (keys / file).read_bytes() == octets


def test_other_kinds_of_key_are_refused(keys):
    other = ec.generate_private_key(ec.SECP384R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (keys / SIGNER_FILE).write_bytes(other + certificate(keys / SIGNER_FILE))
    with pytest.raises(KeysForeign):
        ensure_signer(keys)


@pytest.mark.parametrize("file", [ROOT_FILE, SIGNER_FILE])
def test_foreign_key_beside_a_certificate_is_refused(keys, tmp_path, file):
    ensure_signer(tmp_path / "foreign")
    (keys / file).write_bytes(private(tmp_path / "foreign" / file) + certificate(keys / file))
    with pytest.raises(KeysForeign, match=file):
        ensure_signer(keys)


def test_foreign_leaf_is_refused(keys, tmp_path):
    ensure_signer(tmp_path / "foreign")
    (keys / SIGNER_FILE).write_bytes((tmp_path / "foreign" / SIGNER_FILE).read_bytes())
    with pytest.raises(KeysForeign, match=SIGNER_FILE):
        ensure_signer(keys)


def test_leaf_without_its_root_is_half_a_backup(keys):
    (keys / ROOT_FILE).unlink()
    with pytest.raises(KeysBroken, match=ROOT_FILE):
        ensure_signer(keys)
    assert not (keys / ROOT_FILE).exists()


def test_expired_root_is_refused(keys):
    with pytest.raises(KeysExpired):
        ensure_signer(keys, now=datetime.now(UTC) + timedelta(days=4000))


def test_root_key_may_be_kept_elsewhere_until_the_leaf_must_be_renewed(keys):
    whole = (keys / ROOT_FILE).read_bytes()
    (keys / ROOT_FILE).write_bytes(certificate(keys / ROOT_FILE))
    now = datetime.now(UTC)
    assert ensure_signer(keys, now=now).sign(b"claim")
    later = now + LEAF_LIFE
    with pytest.raises(RootKeyAway):
        ensure_signer(keys, now=later)
    (keys / ROOT_FILE).write_bytes(whole)
    assert leaf(ensure_signer(keys, now=later)).not_valid_after_utc > later


@pytest.mark.parametrize("name", [".", ROOT_FILE, SIGNER_FILE])
def test_keys_others_can_read_are_refused(keys, name):
    (keys / name).chmod(0o750)
    with pytest.raises(KeysExposed):
        ensure_signer(keys)


def test_program_folder_is_no_place_for_keys():
    folder = Path(watermark.__file__).parent / "keys"
    with pytest.raises(KeysMisplaced):
        ensure_signer(folder)
    assert not folder.exists()
