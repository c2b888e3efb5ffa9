"""The whole way with real parts: what comes out, and that nothing comes out that should not."""

from __future__ import annotations

import inspect
import re
import shutil
import signal
import subprocess
from dataclasses import fields, replace
from pathlib import Path

import av
import pytest
from imageio_ffmpeg import get_ffmpeg_exe

from consent import audit, records, registry
from consent.errors import Refused
from consent.halting import RenderState
from consent.registry import PublicStatus
from portrait import demo, pipeline
from portrait import film as film_module
from portrait.check import check
from portrait.compose.encode import CannotWriteThere
from portrait.errors import Cancelled
from portrait.pipeline import InTheWay, NoVideoName
from portrait.reference import VideoNotThere, choose_reference
from portrait.settings import Settings
from watermark.verify import DEMONSTRATION_SENTENCE, Verdict


def verdict_on(path, studio):
    return check(path, archive=studio.archive, seal=studio.seal)


def reencode(source, target, *options):
    subprocess.run(
        [get_ffmpeg_exe(), "-v", "error", "-y", "-i", str(source), *options, str(target)],
        check=True,
        stdin=subprocess.DEVNULL,
    )


def only_render(studio):
    (found,) = registry.list_renders(studio.archive, studio.case_id, actor=demo.VOLUNTEER)
    return found


def test_a_cleared_case_becomes_a_film_that_verifies(film):
    studio, rendered = film
    report = verdict_on(rendered.path, studio)
    assert (report.verdict, report.sentence) == (Verdict.ACTIVE, DEMONSTRATION_SENTENCE)
    assert report.watermark.render_id == report.manifest.render_id == rendered.render_id
    assert report.manifest.state == "trusted"
    assert (report.label.present, report.label.kind) == (True, "demonstration")
    assert only_render(studio).sha256 == rendered.sha256
    assert audit.verify(studio.archive).sound


def test_the_film_is_what_phones_play(film):
    _, rendered = film
    with av.open(str(rendered.path)) as media:
        video, sound = media.streams.video[0], media.streams.audio[0]
        assert (video.width, video.height) == (720, 1280)
        assert (video.codec_context.name, video.pix_fmt) == ("h264", "yuv420p")
        assert sound.codec_context.name == "aac"
        assert media.duration / av.time_base == pytest.approx(rendered.duration, abs=0.1)


def test_captions_stand_beside_the_film_and_nothing_else(film):
    _, rendered = film
    beside = {path.name for path in rendered.path.parent.iterdir()}
    assert beside == {"archive", "film.mp4", "film.srt", "film.vtt"}
    assert "Esto es una demostración." in rendered.path.with_suffix(".srt").read_text(encoding="utf-8")


def test_a_platforms_copy_is_still_recognised_by_its_mark(film, tmp_path):
    studio, rendered = film
    copy = tmp_path / "copy.mp4"
    reencode(rendered.path, copy, "-vf", "scale=360:-2", "-c:v", "libx264", "-crf", "28")
    report = verdict_on(copy, studio)
    assert (report.verdict, report.manifest.state) == (Verdict.ACTIVE, "absent")
    assert report.watermark.render_id == rendered.render_id


def test_a_changed_byte_is_told(film, tmp_path):
    studio, rendered = film
    copy = tmp_path / "copy.mp4"
    content = bytearray(rendered.path.read_bytes())
    content[len(content) * 3 // 4] ^= 0xFF
    copy.write_bytes(content)
    assert verdict_on(copy, studio).verdict is Verdict.TAMPERED


def test_another_archive_does_not_call_it_its_own(film, studio):
    _, rendered = film
    assert verdict_on(rendered.path, studio).verdict is Verdict.NOT_OURS


def test_a_withdrawn_permission_shows_in_the_verdict(studio, tmp_path):
    rendered = studio.render(tmp_path / "film.mp4")
    consent = only_render(studio).consent_id
    records.withdraw(studio.archive, consent, actor=demo.VOLUNTEER)
    assert verdict_on(rendered.path, studio).verdict is Verdict.WITHDRAWN


def test_a_withdrawal_while_it_renders_stops_it_before_it_is_signed(studio, tmp_path):
    out = tmp_path / "out"
    out.mkdir()
    clearance = studio.clear()

    def withdraw_midway(stage, fraction):
        if stage == film_module.FILMING and fraction > 0.5 and withdraw_midway.waiting:
            withdraw_midway.waiting = False
            records.withdraw(studio.archive, clearance.consent_id, actor=demo.VOLUNTEER)

    withdraw_midway.waiting = True
    with pytest.raises(Refused) as refused:
        studio.render(out / "film.mp4", clearance, progress=withdraw_midway)
    assert "consent-withdrawn" in {reason.code for reason in refused.value.reasons}
    assert not list(out.iterdir())
    assert registry.status(studio.archive, only_render(studio).render_id) is PublicStatus.UNKNOWN


@pytest.mark.parametrize("moment", ["narrating", "filming"])
def test_stopping_leaves_nothing_and_a_second_run_works(studio, tmp_path, moment):
    out = tmp_path / "out"
    out.mkdir()

    def stop(stage, fraction):
        if moment == "narrating" or (stage == film_module.FILMING and fraction > 0.3):
            raise Cancelled

    with pytest.raises(Cancelled):
        studio.render(out / "film.mp4", progress=stop)
    assert not list(out.iterdir())
    assert only_render(studio).state is RenderState.FAILED
    studio.render(out / "film.mp4")
    assert (out / "film.mp4").exists()


def test_a_clearance_serves_once(film, tmp_path):
    studio, _ = film
    clearance = studio.clear()
    studio.render(tmp_path / "first.mp4", clearance)
    with pytest.raises(Refused):
        studio.render(tmp_path / "second.mp4", clearance)
    assert not (tmp_path / "second.mp4").exists()


@pytest.mark.parametrize(
    "forge",
    [
        lambda clearance: replace(clearance, photo_sha256="0" * 64),
        lambda clearance: replace(clearance, signature=bytes(64)),
        lambda clearance: replace(clearance, nonce="0" * 32),
    ],
)
def test_a_forged_clearance_makes_nothing(studio, tmp_path, forge):
    with pytest.raises(Refused):
        studio.render(tmp_path / "film.mp4", forge(studio.clear()))
    assert not (tmp_path / "film.mp4").exists()


def test_other_words_than_those_cleared_make_nothing(studio, tmp_path):
    script = studio.material.script
    others = replace(script, sentences=(*script.sentences, replace(script.sentences[0], text="Otra cosa.")))
    order = replace(studio.order(tmp_path / "film.mp4"), material=replace(studio.material, script=others))
    with pytest.raises(Refused) as refused:
        studio.render(tmp_path / "film.mp4", order=order)
    assert {reason.code for reason in refused.value.reasons} == {"other-input"}
    assert not (tmp_path / "film.mp4").exists()


def test_no_argument_or_setting_leaves_out_a_seal():
    names = {
        parameter
        for call in (pipeline.render, film_module.shoot)
        for parameter in inspect.signature(call).parameters
    }
    names |= {field.name for kind in (pipeline.Order, film_module.Plan) for field in fields(kind)}
    names |= set(Settings.model_fields)
    off = re.compile(r"(^|_)(no|skip|without|disable|off|unsafe|force|unsigned|unmarked)(_|$)")
    assert not {name for name in names if off.search(name)}
    assert inspect.signature(pipeline.render).parameters["clearance"].default is inspect.Parameter.empty


def test_a_folder_that_is_not_there_is_told(studio, tmp_path):
    with pytest.raises(CannotWriteThere):
        studio.render(tmp_path / "nowhere" / "film.mp4")


@pytest.mark.parametrize(
    "name", ["film", "film.mov", "film.srt", "archive/archive.db", "archive/keys/master.key"]
)
def test_only_a_video_can_be_written(studio, tmp_path, name):
    before = (tmp_path / name).read_bytes() if (tmp_path / name).exists() else None
    with pytest.raises(NoVideoName):
        studio.render(tmp_path / name)
    assert before == ((tmp_path / name).read_bytes() if (tmp_path / name).exists() else None)


@pytest.mark.parametrize("name", ["film.mp4", "film.srt", "film.vtt"])
def test_a_folder_in_the_way_is_told_before_the_clearance_is_used(studio, tmp_path, name):
    (tmp_path / name).mkdir()
    clearance = studio.clear()
    with pytest.raises(InTheWay):
        studio.render(tmp_path / "film.mp4", clearance)
    assert not registry.list_renders(studio.archive, studio.case_id, actor=demo.VOLUNTEER)
    studio.render(tmp_path / "other.mp4", clearance)


def with_video(tmp_path, studio, content):
    """The studio with a reference video of this content that consent was given to."""
    video = tmp_path / "reference.mp4"
    video.write_bytes(content)
    studio.reference = choose_reference(driving=video)
    demo.give_consent(studio.archive, studio.case_id, studio.material, studio.reference)
    return video


def test_a_video_changed_after_the_clearance_moves_nothing(film, studio, tmp_path):
    _, rendered = film
    video = with_video(tmp_path, studio, rendered.path.read_bytes())
    clearance = studio.clear()
    video.write_bytes(video.read_bytes() + b"one more byte")
    with pytest.raises(Refused) as refused:
        studio.render(tmp_path / "film.mp4", clearance)
    assert {reason.code for reason in refused.value.reasons} == {"other-input"}
    assert {path.name for path in tmp_path.iterdir()} == {"archive", "reference.mp4"}


def test_a_video_swapped_while_it_renders_moves_nothing(film, studio, tmp_path):
    """What is tracked is the copy whose digest the gate confirmed, not what has the name by then."""
    _, rendered = film
    video = with_video(tmp_path, studio, rendered.path.read_bytes())

    def swap(stage, fraction):
        video.write_bytes(b"no video at all")

    made = studio.render(tmp_path / "film.mp4", progress=swap)
    assert verdict_on(made.path, studio).verdict is Verdict.ACTIVE


def test_the_reference_video_is_not_overwritten(film, studio, tmp_path):
    _, rendered = film
    video = with_video(tmp_path, studio, rendered.path.read_bytes())
    with pytest.raises(InTheWay):
        studio.render(video)
    assert video.read_bytes() == rendered.path.read_bytes()


def test_what_never_ends_is_no_reference():
    with pytest.raises(VideoNotThere):
        choose_reference(driving=Path("/dev/zero"))


def test_stopping_too_late_leaves_a_published_film_in_place(studio, tmp_path):
    out = tmp_path / "film.mp4"
    publish = registry.publish

    def interrupted(*arguments, **named):
        signal.raise_signal(signal.SIGINT)
        return publish(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry, "publish", interrupted)
        made = studio.render(out)
    assert only_render(studio).state is RenderState.PUBLISHED
    assert made.path.exists()


def test_thirty_frames_a_second(studio, tmp_path):
    out = tmp_path / "film.mp4"
    studio.render(out, order=replace(studio.order(out), fps=30))
    with av.open(str(out)) as media:
        assert media.streams.video[0].average_rate == 30


def test_a_copy_of_the_film_stays_ours(film, tmp_path):
    studio, rendered = film
    copy = shutil.copy(rendered.path, tmp_path / "otro nombre.mp4")
    assert verdict_on(copy, studio).verdict is Verdict.ACTIVE
