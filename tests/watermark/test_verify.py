from __future__ import annotations

import hashlib
import json
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import cv2
import numpy as np
import pytest
from cryptography import x509

from watermark.certificates import LEAF_LIFE, ensure_signer
from watermark.embed import Embedder
from watermark.errors import NotMedia, SealError
from watermark.label import LabelKind, label_overlay
from watermark.payload import format_render_id
from watermark.provenance import Claim, ConsentStatement, ManifestState, sign
from watermark.verify import (
    ADVICE,
    ALWAYS,
    COPY_ADVICE,
    DEMONSTRATION_SENTENCE,
    DIGEST_MISMATCH,
    SENTENCES,
    Reason,
    RegistryAnswer,
    Verdict,
    verify,
)

KEY = b"the collective's watermark key.."
SIZE = (640, 360)
RENDER_ID, OTHER_ID = 0x00C0FFEE_123456, 0x00BEEF00_654321


def claim(render_id: int = RENDER_ID) -> Claim:
    return Claim(render_id, ConsentStatement("case-1", (), ("animate.face",), date(2027, 1, 1)), ())


@pytest.fixture(scope="module")
def marked(workshop, over):
    """A labelled film that carries RENDER_ID, before signing."""
    return make_marked(workshop, over, "marked.mp4", LabelKind.FAMILY)


def make_marked(workshop, over, name: str, kind: LabelKind) -> Path:
    overlay = label_overlay(SIZE, "es", kind)
    frames = [over(frame, overlay) for frame in workshop.frames(SIZE, 30)]
    embedder = Embedder(KEY, RENDER_ID, SIZE)
    embedder.prepare([cv2.cvtColor(frame, cv2.COLOR_RGB2YUV_I420)[: SIZE[0]] for frame in frames[::3]])
    return workshop.film(name, frames, luma=embedder.apply)


@pytest.fixture(scope="module")
def unmarked(workshop):
    return workshop.film("unmarked.mp4", workshop.frames(SIZE, 30))


@pytest.fixture(scope="module")
def published(workshop, marked, signer):
    path = workshop.folder / "published.mp4"
    sign(marked, path, signer, claim())
    return path


@pytest.fixture(scope="module")
def ask(published, signer):
    """Verify against a registry that knows the published film, with the status given."""
    sha256 = hashlib.sha256(published.read_bytes()).hexdigest()

    def verdict(path: Path, *, status: str = "active", known: int = RENDER_ID, key: bytes = KEY):
        answers = {known: RegistryAnswer(status, sha256)}
        return verify(path, key=key, anchors=[signer.anchor], registry=answers.get)

    return verdict


def test_published_film_is_ours(published, ask):
    report = ask(published)
    assert (report.verdict, report.reason) == (Verdict.ACTIVE, Reason.PUBLISHED_FILE)
    assert report.manifest.state is ManifestState.TRUSTED
    told = report.to_json()
    assert json.loads(json.dumps(told)) == told
    assert told["verdict"] == "ours-active"
    assert told["watermark"]["found"] is True
    assert told["watermark"]["render_id"] == format_render_id(RENDER_ID)
    assert 0 < told["watermark"]["false_positive_probability"] <= 1e-7
    assert told["manifest"] == {"state": "trusted", "reasons": []}
    assert told["label"].pop("score") >= 0.8
    assert told["label"] == {"present": True, "zones_found": 2, "kind": "family", "language": "es"}
    assert told["registry"] == {"status": "active"}
    assert list(told) == ["verdict", "watermark", "manifest", "label", "registry"]


@pytest.mark.parametrize(("status", "reason"), [
    ("withdrawn", Reason.PERMISSION_WITHDRAWN), ("inactive", Reason.PERMISSION_OVER),
])  # fmt: skip
def test_withdrawn_film_is_told_with_and_without_credentials(published, marked, ask, status, reason):
    for path in (published, marked):
        report = ask(path, status=status)
        assert (report.verdict, report.reason) == (Verdict.WITHDRAWN, reason)
        assert report.to_json()["registry"] == {"status": status}


@pytest.mark.parametrize("options", [
    ("-c", "copy"),
    ("-crf", "28"),
    ("-vf", "scale=320:-2", "-crf", "26"),
    ("-vf", "crop=iw:ih*0.8:0:0"),
])  # fmt: skip
def test_copy_from_a_platform_is_ours_by_its_mark(workshop, published, ask, options):
    report = ask(workshop.convert(published, "platform.mp4", *options))
    assert (report.verdict, report.reason) == (Verdict.ACTIVE, Reason.MARK_ALONE)
    assert report.advice == COPY_ADVICE
    assert report.manifest.state is ManifestState.ABSENT
    assert report.label.present


def test_registry_without_digests_judges_by_the_seals(published, signer):
    answers = {RENDER_ID: RegistryAnswer("active")}
    report = verify(published, key=KEY, anchors=[signer.anchor], registry=answers.get)
    assert (report.verdict, report.reason) == (Verdict.ACTIVE, Reason.SEALS_AGREE)


def test_one_byte_of_the_picture_is_tampering(workshop, published, ask):
    place = published.read_bytes().rfind(b"mdat") + 3000
    report = ask(workshop.altered(published, "altered.mp4", place, change=1))
    assert (report.verdict, report.reason) == (Verdict.TAMPERED, Reason.FILE_CHANGED)
    assert report.to_json()["manifest"] == {"state": "invalid", "reasons": ["assertion.bmffHash.mismatch"]}


def test_one_byte_of_padding_is_tampering_too(workshop, published, ask):
    """Padding of the signature is covered by no hash of C2PA; the registry's digest covers it."""
    place = published.read_bytes().find(bytes(3000)) + 1500
    report = ask(workshop.altered(published, "padded.mp4", place))
    assert (report.verdict, report.reason) == (Verdict.TAMPERED, Reason.FILE_CHANGED)
    assert report.to_json()["manifest"] == {"state": "invalid", "reasons": [DIGEST_MISMATCH]}


def test_our_credentials_on_another_film_are_tampering(workshop, unmarked, signer, ask):
    """Signed with our own key, and yet not the film that was published under this id."""
    path = workshop.folder / "swapped.mp4"
    sign(unmarked, path, signer, claim())
    report = ask(path)
    assert not report.watermark.found
    assert (report.verdict, report.reason) == (Verdict.TAMPERED, Reason.FILE_CHANGED)


def test_mark_and_credentials_of_different_renders_are_tampering(workshop, marked, signer):
    path = workshop.folder / "crossed.mp4"
    sign(marked, path, signer, claim(OTHER_ID))
    answers = {RENDER_ID: RegistryAnswer("active"), OTHER_ID: RegistryAnswer("active")}
    for known in (answers, {RENDER_ID: answers[RENDER_ID]}, {OTHER_ID: answers[OTHER_ID]}):
        report = verify(path, key=KEY, anchors=[signer.anchor], registry=known.get)
        assert (report.verdict, report.reason) == (Verdict.TAMPERED, Reason.SEALS_DISAGREE)


def test_forged_claim_on_our_film_is_tampering(workshop, marked, stranger, ask):
    path = workshop.folder / "forged.mp4"
    sign(marked, path, stranger, claim())
    report = ask(path)
    assert (report.verdict, report.reason) == (Verdict.TAMPERED, Reason.FORGED_CREDENTIALS)
    assert report.manifest.state is ManifestState.VALID


def test_forged_claim_on_another_film_is_not_ours(workshop, unmarked, stranger, ask):
    path = workshop.folder / "forged.mp4"
    sign(unmarked, path, stranger, claim())
    report = ask(path)
    assert (report.verdict, report.reason) == (Verdict.NOT_OURS, Reason.FORGED_CREDENTIALS)
    assert report.to_json()["registry"] == {"status": "unknown"}  # no comfort for a stranger's claim


def test_credentials_a_platform_adds_do_not_hurt(workshop, marked, stranger, sign_anything, ask):
    path = workshop.folder / "reposted.mp4"
    source = "http://cv.iptc.org/newscodes/digitalsourcetype/digitalCapture"
    actions = [{"action": "c2pa.created", "digitalSourceType": source}]
    sign_anything(marked, path, stranger, {"c2pa.actions.v2": {"actions": actions}})
    report = ask(path)
    assert (report.verdict, report.reason) == (Verdict.ACTIVE, Reason.MARK_ALONE)
    assert report.manifest.state is ManifestState.VALID


def test_foreign_film_is_not_ours(unmarked, ask):
    report = ask(unmarked)
    assert (report.verdict, report.reason) == (Verdict.NOT_OURS, Reason.NO_MARK)
    told = report.to_json()
    assert told["watermark"] == {"found": False, "render_id": None, "false_positive_probability": 1.0}
    assert told["manifest"] == {"state": "absent", "reasons": []}
    assert told["label"]["present"] is False
    assert told["registry"] == {"status": "unknown"}


def test_id_the_registry_does_not_know_is_not_ours(published, marked, ask):
    for path in (published, marked):
        report = ask(path, known=OTHER_ID)
        assert (report.verdict, report.reason) == (Verdict.NOT_OURS, Reason.NOT_REGISTERED)


def test_label_alone_proves_nothing(workshop, over, ask):
    overlay = label_overlay(SIZE, "es")
    film = workshop.film("labelled.mp4", (over(frame, overlay) for frame in workshop.frames(SIZE, 10)))
    report = ask(film)
    assert report.label.present
    assert report.verdict is Verdict.NOT_OURS


def test_mark_of_another_collective_is_not_found(marked, ask):
    report = ask(marked, key=b"another collective's secret key.")
    assert (report.verdict, report.watermark.found) == (Verdict.NOT_OURS, False)


@pytest.mark.parametrize("painted", [LabelKind.DEMONSTRATION, LabelKind.FAMILY])
@pytest.mark.parametrize("demonstration", [True, False])
def test_the_registry_and_no_label_says_whether_a_family_agreed(
    workshop, over, signer, painted, demonstration
):
    """Whoever paints a label over another changes no verdict: neither makes a family's yes nor takes it."""
    film = make_marked(workshop, over, f"painted-{painted}.mp4", painted)
    answers = {RENDER_ID: RegistryAnswer("active", demonstration=demonstration)}
    report = verify(film, key=KEY, anchors=[signer.anchor], registry=answers.get)
    assert (report.verdict, report.label.kind) == (Verdict.ACTIVE, painted)
    assert report.sentence == (DEMONSTRATION_SENTENCE if demonstration else SENTENCES[Verdict.ACTIVE])


def test_published_file_outlives_its_certificate(workshop, marked, tmp_path):
    """C2PA readers call credentials invalid once the leaf expires; the registry's digest still stands."""
    beginning = datetime.now(UTC) - LEAF_LIFE + timedelta(seconds=3)
    short = ensure_signer(tmp_path / "keys", now=beginning)
    path = workshop.folder / "aging.mp4"
    sign(marked, path, short, claim())
    end = x509.load_pem_x509_certificate(short.chain).not_valid_after_utc
    time.sleep(max(0.0, (end - datetime.now(UTC)).total_seconds()) + 1.1)
    answers = {RENDER_ID: RegistryAnswer("active", hashlib.sha256(path.read_bytes()).hexdigest())}
    report = verify(path, key=KEY, anchors=[short.anchor], registry=answers.get)
    assert "signingCredential.expired" in report.manifest.reasons
    assert (report.verdict, report.reason) == (Verdict.ACTIVE, Reason.PUBLISHED_FILE)


PLAYLISTS = {
    "text": b"Presente\n",
    "empty": b"",
    "hls": b"#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\npublished.mp4\n",
    "sdp": b"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
    "concat": b"ffconcat version 1.0\nfile published.mp4\n",
}


@pytest.mark.parametrize("name", PLAYLISTS)
def test_what_is_no_media_is_refused(workshop, published, ask, name):
    path = workshop.folder / "playlist.mp4"
    path.write_bytes(PLAYLISTS[name])
    with pytest.raises(NotMedia):
        ask(path)


def test_missing_file_and_folder_are_refused(tmp_path, ask):
    for path in (tmp_path, tmp_path / "missing.mp4"):
        with pytest.raises(NotMedia):
            ask(path)


def test_damaged_film_is_judged_or_refused_but_never_ours(workshop, published, ask):
    octets = published.read_bytes()
    for length in (20, 1000, len(octets) // 2):
        path = workshop.folder / "torn.mp4"
        path.write_bytes(octets[:length])
        try:
            assert ask(path).verdict in {Verdict.TAMPERED, Verdict.NOT_OURS}
        except SealError as refusal:
            assert refusal.problem


def test_stills_are_judged(workshop, published, ask):
    still = workshop.convert(published, "screenshot.png", "-frames:v", "1")
    assert ask(still).label.present
    foreign = workshop.folder / "foreign.png"
    cv2.imwrite(str(foreign), np.random.default_rng(4).integers(0, 256, (*SIZE, 3), dtype=np.uint8))
    assert ask(foreign).verdict is Verdict.NOT_OURS


def test_every_verdict_has_its_words():
    assert set(SENTENCES) == set(ADVICE) == set(Verdict)
    assert ALWAYS == "Presente never asks for money or data."
