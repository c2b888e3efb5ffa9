"""For anybody: is this really from Presente? One sentence, one reason, one piece of advice."""

from __future__ import annotations

import streamlit as st

from portrait.check import check_here
from portrait.i18n import _
from portrait.settings import Settings
from ui import show as tell
from ui.show import DANGER, DONE, QUIET, STOPS
from ui.uploads import on_disk
from watermark.verify import ALWAYS, Verdict

TONES = {
    Verdict.ACTIVE: DONE,
    Verdict.WITHDRAWN: STOPS,
    Verdict.TAMPERED: DANGER,
    Verdict.NOT_OURS: QUIET,
}


def show() -> None:
    """Take one file, look at it and say what it is; the file is not kept."""
    st.title(_("Is it really from Presente?"))
    st.markdown(_("Put here the video or picture that you received. Nobody else sees it; it is not kept."))
    upload = st.file_uploader(_("Video or picture"), label_visibility="collapsed", key="check_upload")
    if upload is not None:
        with st.spinner(_("Looking at it. This can take a minute."), show_time=False), tell.telling():
            with on_disk(upload) as path:
                report = check_here(path, Settings())
            tell.say(_(report.sentence), TONES[report.verdict], _(report.reason.value), _(report.advice))
    st.caption(_(ALWAYS))
