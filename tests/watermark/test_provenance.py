from __future__ import annotations

import json
import random
from datetime import date

import c2pa
import cv2
import pytest

from watermark.certificates import Signer
from watermark.errors import NotAnIdentifier, SigningFailed, UnsignableFormat
from watermark.provenance import (
    WATERMARK_ALGORITHM,
    Claim,
    ConsentStatement,
    Edit,
    Ingredient,
    ManifestState,
    Reference,
    read,
    sign,
)

RENDER_ID = 0x00C0FFEE_123456
CONSENT = ConsentStatement(
    case="case-0147",
    records=(Reference("consent-1", "a" * 64), Reference("consent-2", "b" * 64)),
    scopes=("animate.face", "voice.third-person", "channel.social"),
    expires=date(2027, 1, 31),
)
CLAIM = Claim(
    render_id=RENDER_ID,
    consent=CONSENT,
    ingredients=(
        Ingredient("source-image", "c" * 64, "image/jpeg"),
        Ingredient("script", "d" * 64, "text/plain"),
    ),
    edits=(Edit("c2pa.edited", "Burned-in captions"),),
)


@pytest.fixture(scope="module")
def film(workshop):
    return workshop.film("unsigned.mp4", workshop.frames((240, 320), 20))


@pytest.fixture(scope="module")
def signed(workshop, film, signer):
    path = workshop.folder / "signed.mp4"
    sign(film, path, signer, CLAIM)
    return path


def manifest_of(path, anchor: bytes) -> tuple[str, dict]:
    """What the SDK's own reader says, with the root as its only anchor."""
    settings = {"trust": {"user_anchors": anchor.decode()}, "verify": {"remote_manifest_fetch": False}}
    with c2pa.Context.from_dict(settings) as context, c2pa.Reader(str(path), context=context) as reader:
        store = json.loads(reader.json())
    return store["validation_state"], store["manifests"][store["active_manifest"]]


def test_reads_as_trusted_with_our_root_and_only_then(signed, signer, stranger):
    ours = read(signed, [signer.anchor])
    assert (ours.state, ours.reasons, ours.render_id) == (ManifestState.TRUSTED, (), RENDER_ID)
    assert ours.ours
    assert ours.signer == "Presente"
    assert read(signed, [stranger.anchor, signer.anchor]).state is ManifestState.TRUSTED
    for anchors in ([], [stranger.anchor]):
        report = read(signed, anchors)
        assert (report.state, report.ours) == (ManifestState.VALID, False)
        assert report.reasons == ("signingCredential.untrusted",)


def test_claims_what_it_should_and_nothing_else(signed, signer):
    state, manifest = manifest_of(signed, signer.anchor)
    assert state == "Trusted"
    assertions = {assertion["label"]: assertion["data"] for assertion in manifest["assertions"]}
    assert sorted(assertions) == [
        "c2pa.actions.v2",
        "c2pa.hash.bmff.v3",
        "c2pa.soft-binding",
        "cawg.training-mining",
        "presente.consent",
    ]
    actions = assertions["c2pa.actions.v2"]["actions"]
    names = [action["action"] for action in actions]
    assert names == ["c2pa.created", "c2pa.edited", "c2pa.edited", "c2pa.watermarked.bound"]
    described = [action["description"] for action in actions[1:3]]
    assert described == ["Burned-in captions", "Visible label, version 1"]
    assert actions[0]["digitalSourceType"].endswith("/compositeSynthetic")
    assert len(actions[0]["parameters"]["ingredients"]) == 2
    assert assertions["presente.consent"] == {
        "schema": 1,
        "case": "case-0147",
        "records": [{"id": "consent-1", "sha256": "a" * 64}, {"id": "consent-2", "sha256": "b" * 64}],
        "scopes": ["animate.face", "voice.third-person", "channel.social"],
        "expires": "2027-01-31",
    }
    assert {entry["use"] for entry in assertions["cawg.training-mining"]["entries"].values()} == {
        "notAllowed"
    }
    assert [item["description"] for item in manifest["ingredients"]] == [
        "sha256:" + "c" * 64,
        "sha256:" + "d" * 64,
    ]
    assert {item["relationship"] for item in manifest["ingredients"]} == {"inputTo"}
    assert "thumbnail" not in json.dumps(manifest)


@pytest.mark.parametrize("name", ["María López", "Maria Lopez", "", "maria@", "a" * 81, "-x", "x\n"])
def test_names_cannot_get_in(name):
    with pytest.raises(NotAnIdentifier) as refused:
        ConsentStatement(case=name, records=(), scopes=(), expires=date(2027, 1, 1))
    assert not name or name not in str(refused.value)
    with pytest.raises(NotAnIdentifier):
        ConsentStatement(case="case-1", records=(), scopes=(name,), expires=date(2027, 1, 1))
    with pytest.raises(NotAnIdentifier):
        Reference("consent-1", name)
    with pytest.raises(NotAnIdentifier):
        Ingredient(name, "c" * 64, "image/jpeg")


def test_one_byte_of_the_film_breaks_the_credentials(workshop, signed, signer):
    place = signed.read_bytes().rfind(b"mdat") + 1000
    report = read(workshop.altered(signed, "altered.mp4", place), [signer.anchor])
    assert (report.state, report.reasons) == (ManifestState.INVALID, ("assertion.bmffHash.mismatch",))
    assert report.ours


def test_one_byte_of_the_consent_breaks_the_credentials(workshop, signed, signer):
    place = signed.read_bytes().find(b"channel.social")
    report = read(workshop.altered(signed, "altered.mp4", place, change=1), [signer.anchor])
    assert (report.state, report.reasons) == (ManifestState.INVALID, ("assertion.hashedURI.mismatch",))


def test_no_byte_of_the_film_can_change_and_stay_trusted(workshop, signed, signer):
    octets, chance = signed.read_bytes(), random.Random(2)
    start = octets.find(b"moov")
    for _ in range(100):
        place = chance.randrange(start, len(octets))
        altered = workshop.altered(signed, "altered.mp4", place, change=chance.randrange(1, 256))
        assert read(altered, [signer.anchor]).state is ManifestState.INVALID, place


def test_no_byte_of_the_credentials_makes_the_reader_fail(workshop, signed, signer):
    octets, chance = signed.read_bytes(), random.Random(3)
    end = octets.find(b"moov")
    states = set()
    for _ in range(100):
        altered = workshop.altered(signed, "altered.mp4", chance.randrange(end), chance.randrange(1, 256))
        report = read(altered, [signer.anchor])
        states.add(report.state)
        assert report.state is ManifestState.INVALID or report.render_id in {RENDER_ID, None}
    assert ManifestState.INVALID in states


@pytest.mark.parametrize("length", [4000, 12000])
def test_torn_file_is_invalid(workshop, signed, signer, length):
    torn = workshop.folder / "torn.mp4"
    torn.write_bytes(signed.read_bytes()[:length])
    assert read(torn, [signer.anchor]).state is ManifestState.INVALID


@pytest.mark.parametrize("options", [("-c", "copy"), ("-crf", "30")])
def test_platforms_strip_credentials(workshop, signed, signer, options):
    report = read(workshop.convert(signed, "stripped.mp4", *options), [signer.anchor])
    assert (report.state, report.reasons, report.render_id) == (ManifestState.ABSENT, (), None)


@pytest.mark.parametrize("octets", [b"", b"hello\n", b"#EXTM3U\n#EXTINF:1,\nfile:///etc/passwd\n"])
def test_what_is_no_media_has_no_credentials(tmp_path, signer, octets):
    path = tmp_path / "note.mp4"
    path.write_bytes(octets)
    assert read(path, [signer.anchor]).state is ManifestState.ABSENT


@pytest.mark.parametrize(
    ("algorithm", "value"),
    [("other.1", "AMD/7hI0Vg=="), (WATERMARK_ALGORITHM, ""), (WATERMARK_ALGORITHM, "AAAA")],
)
def test_credentials_without_our_binding_claim_no_id(
    workshop, film, stranger, signer, sign_anything, algorithm, value
):
    captured = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    actions = [{"action": "c2pa.created", "digitalSourceType": captured}]
    binding = {"alg": algorithm, "blocks": [{"scope": {}, "value": value}]}
    path = workshop.folder / "foreign.mp4"
    claims = {"c2pa.actions.v2": {"actions": actions}, "c2pa.soft-binding": binding}
    sign_anything(film, path, stranger, claims)
    report = read(path, [signer.anchor])
    assert (report.state, report.render_id) == (ManifestState.VALID, None)
    assert report.signer == "Somebody else"


@pytest.mark.parametrize("suffix", [".png", ".jpg"])
def test_stills_are_signed_too(workshop, signer, suffix):
    still = workshop.folder / f"still{suffix}"
    cv2.imwrite(str(still), workshop.photo)
    sign(still, still, signer, CLAIM)  # in place
    report = read(still, [signer.anchor])
    assert (report.state, report.render_id) == (ManifestState.TRUSTED, RENDER_ID)


def test_key_service_signs_without_giving_the_key_away(tmp_path, film, signer):
    asked = []

    def service(data: bytes) -> bytes:
        asked.append(len(data))
        return signer.sign(data)

    remote = Signer(sign=service, chain=signer.chain, anchor=signer.anchor)
    sign(film, tmp_path / "remote.mp4", remote, CLAIM)
    assert len(asked) == 1
    assert read(tmp_path / "remote.mp4", [signer.anchor]).state is ManifestState.TRUSTED


def silent(_: bytes) -> bytes:
    raise TimeoutError("no answer")


def test_silent_key_service_leaves_nothing_behind(tmp_path, film, signer):
    before = tmp_path / "before.mp4"
    before.write_bytes(b"earlier render")
    with pytest.raises(SigningFailed):
        sign(film, before, Signer(sign=silent, chain=signer.chain, anchor=signer.anchor), CLAIM)
    assert [path.name for path in tmp_path.iterdir()] == ["before.mp4"]
    assert before.read_bytes() == b"earlier render"


def test_unwritable_folder_and_wrong_source_are_told(tmp_path, film, signer):
    with pytest.raises(SigningFailed):
        sign(film, tmp_path / "missing" / "x.mp4", signer, CLAIM)
    text = tmp_path / "text.mp4"
    text.write_text("no film")
    with pytest.raises(SigningFailed):
        sign(text, tmp_path / "x.mp4", signer, CLAIM)
    assert [path.name for path in tmp_path.iterdir()] == ["text.mp4"]


def test_unknown_formats_are_refused(tmp_path, film, signer):
    with pytest.raises(UnsignableFormat, match=r"\.mkv"):
        sign(film, tmp_path / "x.mkv", signer, CLAIM)
