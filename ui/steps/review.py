"""Step 7: text, stills and voice for the family or whom they trust, without video; and their answer."""

from __future__ import annotations

import tempfile
from pathlib import Path

import streamlit as st

from consent import records
from consent.evidence import EvidenceKind
from consent.records import Consent, State
from portrait.i18n import _
from portrait.settings import Settings
from portrait.speech.choose import choose_voice
from ui import motions, session
from ui import show as tell
from ui.casefile import CaseFile, Step, material_of
from ui.pictures import stills
from ui.show import QUIET
from ui.steps.permission import keep_paper, show_consent

_OPEN = frozenset({State.REQUESTED, State.DEFERRED})


def show(file: CaseFile) -> None:
    """Show the words; stills and voice only when asked for; then take the answer."""
    with tell.telling():
        if file.lacks:
            tell.say(_(file.lacks[0]), QUIET, _("Come back when photograph, script and motion are chosen."))
            return
        material = material_of(file)
        st.markdown(_("This is what the video would say. Somebody you trust can look at it for you."))
        with st.container(border=True):
            for sentence in material.script.sentences:
                st.text(sentence.text)
        with st.container(horizontal=True):
            see = st.button(_("Show the stills"), icon=":material/visibility:")
            hear = st.button(_("Hear the voice"), icon=":material/volume_up:")
        if see:
            _show_stills(file)
        if hear:
            _play_voice(file)
        if file.consent is None:
            tell.say(_("Nobody of the family has been asked for this yet."), QUIET)
        elif file.consent.state in _OPEN:
            _answer(file, file.consent)
        else:
            show_consent(file.consent)


def _show_stills(file: CaseFile) -> None:
    """Eight moments in greyscale; nothing moves."""
    waiting = st.spinner(_("Preparing the stills. This can take a minute."))
    with waiting, tempfile.TemporaryDirectory(prefix="presente-") as folder:
        reference = motions.put_into(
            Path(folder), session.archive(), file.kept[EvidenceKind.MOTION], actor=session.actor()
        )
        pictures = stills(material_of(file).photo, reference, lambda stage, fraction: None)
    with st.container(horizontal=True):
        for picture in pictures:
            st.image(picture, width=150)


def _play_voice(file: CaseFile) -> None:
    """The voice as it would be heard; it starts when the listener presses play."""
    script = material_of(file).script
    with st.spinner(_("Preparing the voice.")):
        voice = choose_voice(script.language, voices_dir=Settings().voices)
        narration = voice.speak(script)
    st.audio(narration.samples, sample_rate=narration.rate)
    for note in narration.notes:
        st.caption(_(note))


def _answer(file: CaseFile, consent: Consent) -> None:
    """Record the family's answer to what they have looked at."""
    st.subheader(_("The family's answer"))
    proof = st.file_uploader(_("Signed paper or recording"), key="consent_proof")
    archive, actor = session.archive(), session.actor()
    with st.container(horizontal=True):
        if st.button(_("It is right"), type="primary"):
            proof_id = None if proof is None else keep_paper(file.id, EvidenceKind.CONSENT, proof)
            records.give(archive, consent.id, actor=actor, proof_id=proof_id)
            tell.note_for_next_run(_("Their yes is recorded. Two other people compare it with its proof."))
            st.rerun()
        if st.button(_("Change something")):
            st.query_params["paso"] = Step.SCRIPT.value
            st.rerun()
        if consent.state is not State.DEFERRED and st.button(_("Not at this time")):
            records.defer(archive, consent.id, actor=actor)
            st.rerun()
        if st.button(_("No, thank you")):
            records.refuse(archive, consent.id, actor=actor)
            st.rerun()
