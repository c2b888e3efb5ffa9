"""Step 2: the photograph, looked at before it is kept; the face itself only when somebody asks."""

from __future__ import annotations

from collections.abc import Callable
from hashlib import sha256

import streamlit as st

from consent import evidence
from consent.evidence import EvidenceKind
from portrait.demo import PORTRAIT
from portrait.errors import N_
from portrait.i18n import _
from portrait.photo import media_type_of, open_photo
from portrait.quality_report import assess
from portrait.types import Photo, QualityReport, Verdict
from ui import session
from ui import show as tell
from ui.casefile import CaseFile
from ui.pictures import face_crop
from ui.show import DONE, EMPTY, STOPS

_WORDS = {
    Verdict.GOOD: (N_("It can be used"), DONE),
    Verdict.LIMITED: (N_("It can be used, with limits"), DONE),
    Verdict.REFUSE: (N_("It cannot be moved"), STOPS),
}
_TONES = {Verdict.GOOD: DONE, Verdict.LIMITED: EMPTY, Verdict.REFUSE: STOPS}


def show(file: CaseFile) -> None:
    """Show the photograph that is kept, and take another."""
    kept = file.kept.get(EvidenceKind.PHOTO)
    if kept is not None:
        tell.state(_("A photograph is kept in this case."), DONE)
        with tell.telling():
            _face_on_request(
                lambda: evidence.read(session.archive(), kept.id, actor=session.actor()), kept.id
            )
        st.subheader(_("Another photograph"))
    if file.demonstration:
        st.markdown(_("A demonstration uses the historic portrait that comes with the program."))
        if st.button(_("Use the historic portrait"), type="primary"):
            with tell.telling():
                _keep(file.id, PORTRAIT.read_bytes())
        return
    st.markdown(_("Best is the original from the telephone, with one person who looks at the camera."))
    upload = st.file_uploader(_("Photograph"), label_visibility="collapsed", key="photo_upload")
    if upload is not None:
        with tell.telling():
            _consider(file, upload.getvalue())


def _consider(file: CaseFile, original: bytes) -> None:
    """Say what was found in the photograph, and offer to keep it."""
    with st.spinner(_("Looking at the photograph.")):
        report = _examined(original)[1]
    word, tone = _WORDS[report.verdict]
    tell.say(_(word), tone)
    for finding in report.findings:
        tell.state(_(finding.sentence, value=finding.value), _TONES[finding.verdict])
    st.caption(_("Place and device, if the file held them, are left out of everything that is made from it."))
    _face_on_request(lambda: original, "upload")
    if st.button(_("Use this one"), type="primary"):
        _keep(file.id, original)


def _examined(original: bytes) -> tuple[Photo, QualityReport]:
    """Open and assess a photograph once, however often the page runs. Raises PhotoError."""
    digest = sha256(original).hexdigest()
    held: tuple[Photo, QualityReport] | None = st.session_state.get("presente_photo")
    if held is None or held[0].sha256 != digest:
        photo = open_photo(original)
        held = (photo, assess(photo))
        st.session_state["presente_photo"] = held
    return held


def _keep(case_id: str, original: bytes) -> None:
    evidence.store(
        session.archive(),
        case_id,
        EvidenceKind.PHOTO,
        original,
        media_type=media_type_of(original),
        actor=session.actor(),
    )
    tell.note_for_next_run(_("The photograph is kept."))
    st.rerun()


def _face_on_request(read: Callable[[], bytes], name: str) -> None:
    """Show the face's crop after somebody pressed the button, and not before."""
    if st.button(_("Show the face"), key=f"face-{name}", icon=":material/visibility:"):
        st.image(face_crop(_examined(read())[0]), width=280)
