"""The video: why it cannot be made yet, how far it is, and what came of it."""

from __future__ import annotations

import streamlit as st

from consent import registry
from consent.registry import PublicStatus
from consent.terms import Channel
from portrait.compose.presets import PRESETS
from portrait.i18n import _
from portrait.settings import Settings
from ui import jobs, session
from ui import show as tell
from ui.casefile import CaseFile, ask_gate
from ui.jobs import Finished, Job, JobState
from ui.show import DONE, EMPTY, QUIET, STOPS, WAITS
from ui.wording import CHANNELS, FORMATS


def show(file: CaseFile) -> None:
    """Show the last video of the case, and what the next one still needs."""
    st.subheader(_("The video"))
    job = jobs.latest(Settings().home, file.id)
    if job is not None and job.state is JobState.RUNNING:
        _follow(file.id)
        return
    if job is not None:
        _outcome(job)
        st.subheader(_("Another video"))
    with tell.telling():
        _next(file)


def _next(file: CaseFile) -> None:
    """Say what is still needed, or offer to make the video."""
    if file.lacks:
        st.markdown(f"**{_(tell.NOT_YET)}**")
        for sentence in file.lacks:
            tell.state(_(sentence), EMPTY)
        return
    allowed = file.consent.terms.channels if file.consent is not None else {Channel.LOCAL}
    offered = sorted(allowed)
    channels = st.pills(
        _("Where will it be seen?"),
        offered,
        selection_mode="multi",
        default=offered,
        format_func=lambda channel: _(CHANNELS[channel]),
    )
    decision = ask_gate(file, channels)
    if not decision.allowed:
        tell.reasons(decision.reasons)
        return
    form = st.selectbox(_("Shape"), list(PRESETS), format_func=lambda name: _(FORMATS[name]))
    if st.button(_("Make the video"), type="primary"):
        order = jobs.Order(file.id, session.actor(), tuple(channels), form)
        jobs.start(Settings().home, order)
        st.rerun()


def _follow(case_id: str) -> None:
    """Show the stages as they go on, until the worker ends; then show the page anew."""

    @st.fragment(run_every=1.0)
    def stages() -> None:
        session.begin()
        job = jobs.latest(Settings().home, case_id)
        if job is None or job.state is not JobState.RUNNING:
            st.rerun()
        st.markdown(_("The video is being made. You can close this page; the work goes on."))
        if not job.progress.stages:
            tell.state(_("Getting ready"), WAITS)
        for stage, fraction in job.progress.stages:
            st.progress(min(max(fraction, 0.0), 1.0), text=tell.plain(_(stage)))
        if st.button(_("Stop")):
            job.stop()
        if job.stopping:
            st.caption(_("It stops at the next step. Nothing half-written remains."))

    stages()


def _outcome(job: Job) -> None:
    """Say how the last job ended."""
    match job.state:
        case JobState.DONE if job.progress.finished is not None:
            _finished(job, job.progress.finished)
        case JobState.REFUSED:
            tell.reasons(job.progress.told)
        case JobState.STOPPED:
            tell.say(_("The video was stopped. Nothing half-written remains."), QUIET)
        case JobState.LOST:
            tell.say(_("The work ended before its time, perhaps because the computer was turned off."), QUIET,
                     _("Make the video again."))  # fmt: skip
        case _:
            for sentence in job.progress.told:
                tell.told(sentence)


def _finished(job: Job, made: Finished) -> None:
    """Show the verdict and the downloads; a still in greyscale when asked, then the video when asked."""
    if registry.status(session.archive(), made.render_id) is not PublicStatus.ACTIVE:
        tell.say(_("This video is no longer valid and is not handed out."), STOPS)
        return
    minutes, seconds = divmod(round(made.duration), 60)
    tell.say(_(made.sentence), DONE, _(made.reason), _("Length: {time}", time=f"{minutes}:{seconds:02d}"))
    for note in made.notes:
        st.caption(tell.plain(_(note)))
    with st.container(horizontal=True):
        for name, label in ((jobs.VIDEO, "Video (MP4)"), ("video.srt", "SRT"), ("video.vtt", "VTT")):
            path = job.folder / name
            st.download_button(
                label, path.read_bytes, file_name=f"presente-{made.render_id:014x}{path.suffix}"
            )
    look = st.segmented_control(
        _("Look at it"), [_("A still, in grey"), _("The video")], key=f"look-{job.folder.name}"
    )
    if look == _("A still, in grey"):
        st.image(str(job.folder / jobs.POSTER), width=280)
    elif look is not None:
        st.video(
            str(job.folder / jobs.VIDEO), subtitles=str(job.folder / "video.vtt"), autoplay=False, muted=True
        )
