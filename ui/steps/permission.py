"""Step 6: who of the family is asked, what exactly, on which notice, and how it can be taken back."""

from __future__ import annotations

import mimetypes
from datetime import timedelta
from typing import BinaryIO

import streamlit as st

from consent import evidence, notice, records, relatives
from consent.evidence import EvidenceKind
from consent.records import VALID, Consent, Method
from consent.relatives import Relationship, Relative
from consent.terms import Channel, Scope, Terms
from portrait.errors import N_
from portrait.i18n import _, current_language
from ui import session
from ui import show as tell
from ui.casefile import CaseFile, material_of
from ui.show import QUIET
from ui.steps.facts import verified_by
from ui.wording import CHANNELS, CONSENTS, METHODS, QUESTIONS, RELATIONSHIPS

_MONTHS = {3: N_("Three months"), 6: N_("Six months"), 12: N_("One year"), 24: N_("Two years")}
_DAYS_A_MONTH = 30


def show(file: CaseFile) -> None:
    """Show what was asked and answered; then whom to ask, and the questions."""
    st.markdown(_("They decide each thing separately, and can withdraw at any moment, without reasons."))
    with tell.telling():
        if file.consent is not None:
            show_consent(file.consent)
        _family(file)
        if file.lacks:
            tell.say(
                _("The questions come once photograph, script and motion are chosen."),
                QUIET,
                _("A family says yes to exact words and an exact motion, not to an idea."),
            )
        elif file.relatives:
            _ask(file)


def show_consent(consent: Consent) -> None:
    """Show one consent: its state, what it covers, until when, and how to take it back."""
    state = consent.state_at(session.archive().clock())
    word, tone = CONSENTS[state]
    with st.container(border=True):
        tell.state(_(word), tone)
        st.markdown(_("Allowed: {what}", what="; ".join(_(QUESTIONS[scope]) for scope in _ordered(consent))))
        seen = ", ".join(_(CHANNELS[channel]) for channel in sorted(consent.terms.channels))
        st.markdown(
            _("Where: {channels}. Until: {day}.", channels=seen, day=f"{consent.expires_at:%d/%m/%Y}")
        )
        if state in VALID:
            verified_by(consent.verified_by)
            with st.popover(_("Withdraw the permission")):
                st.markdown(
                    _("No more videos are made. Those there are become invalid, and we ask to remove them.")
                )
                if st.button(_("Withdraw it now"), key=f"withdraw-{consent.id}"):
                    records.withdraw(session.archive(), consent.id, actor=session.actor())
                    st.rerun()


def _ordered(consent: Consent) -> list[Scope]:
    return [scope for scope in QUESTIONS if scope in consent.terms.scopes]


def _family(file: CaseFile) -> None:
    """List the relatives and take another, with the proof of the relation."""
    for relative in file.relatives:
        show_relative(relative)
    with st.expander(_("Add a relative"), expanded=not file.relatives):
        with st.form("relative", clear_on_submit=True, border=False):
            name = st.text_input(_("Name"))
            relationship = st.selectbox(
                _("What they are to the missing person"),
                _offered(file),
                format_func=lambda kind: _(RELATIONSHIPS[kind]),
                index=None,
                placeholder=_("Choose"),
            )
            proof = st.file_uploader(_("Proof of the relation: a scan or a photograph"))
            sent = st.form_submit_button(_("Add"), type="primary")
        if sent and relationship is not None:
            proof_id = None if proof is None else keep_paper(file.id, EvidenceKind.RELATIONSHIP, proof)
            relatives.add_relative(
                session.archive(), file.id, name, relationship, actor=session.actor(), proof_id=proof_id
            )
            st.rerun()


def _offered(file: CaseFile) -> list[Relationship]:
    """The relations to choose from: nobody stands in for a family outside a demonstration."""
    return [kind for kind in RELATIONSHIPS if (kind is Relationship.PUBLIC_DOMAIN) == file.demonstration]


def show_relative(relative: Relative) -> None:
    """Show a relative and who checked the relation."""
    with st.container(border=True, gap="small"):
        st.text(relative.name)
        st.caption(_(RELATIONSHIPS[relative.relationship]))
        verified_by(relative.verified_by)


def keep_paper(case_id: str, kind: EvidenceKind, upload: BinaryIO) -> str:
    """Keep a paper or a recording in the vault and return its id. Raises as `evidence.store`."""
    media_type = mimetypes.guess_type(getattr(upload, "name", ""))[0] or "application/octet-stream"
    return evidence.store(
        session.archive(), case_id, kind, upload.read(), media_type=media_type, actor=session.actor()
    ).id


def _ask(file: CaseFile) -> None:
    """Put the notice and the questions, one by one, and record what is asked."""
    material = material_of(file)
    st.subheader(_("Ask the family"))
    with st.container(border=True, height=260):
        st.markdown(_body(notice.current_notice(current_language()).text))
    people = {relative.id: relative for relative in file.relatives}
    with st.form("ask"):
        asked = st.selectbox(_("Who answers"), people, format_func=lambda one: people[one].name)
        answers = {
            scope: st.radio(_(question), (False, True), format_func=_yes_no, horizontal=True)
            for scope, question in QUESTIONS.items()
            if scope in material.scopes or not file.demonstration
        }
        channels = st.pills(
            _("Where may it be seen?"),
            [Channel.LOCAL] if file.demonstration else list(Channel),
            selection_mode="multi",
            format_func=lambda channel: _(CHANNELS[channel]),
        )
        months = st.selectbox(_("For how long?"), _MONTHS, index=2, format_func=lambda many: _(_MONTHS[many]))
        method = st.selectbox(_("How they answer"), METHODS, format_func=lambda how: _(METHODS[Method(how)]))
        sent = st.form_submit_button(_("Record what is asked"), type="primary")
    if sent:
        ends = session.archive().clock() + timedelta(days=_DAYS_A_MONTH * months)
        records.request(
            session.archive(),
            file.id,
            asked,
            Terms(
                scopes=frozenset(scope for scope, yes in answers.items() if yes),
                channels=frozenset(channels),
                languages=frozenset({material.script.language.value}),
                photo_sha256=material.photo.sha256,
                script_sha256=material.script_text.sha256,
                motion_sha256=file.kept[EvidenceKind.MOTION].sha256,
            ),
            notice_language=current_language(),
            method=method,
            expires_at=ends,
            erase_at=ends,
            actor=session.actor(),
        )
        tell.note_for_next_run(_("It is recorded. Now look at it together, without video."))
        st.rerun()


def _yes_no(yes: bool) -> str:
    return _("Yes") if yes else _("No")


def _body(text: str) -> str:
    """Return the notice without its version line, its title one size smaller."""
    return text.partition("\n")[2].replace("\n# ", "\n### ").replace("\n## ", "\n#### ")
