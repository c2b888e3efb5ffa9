"""What waits for a second pair of eyes: facts, relations, permissions, objections, contact lines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import streamlit as st

from consent import cases, contacts, evidence, facts, records, relatives
from consent.contacts import ContactLine
from consent.four_eyes import NEEDED
from consent.records import VALID
from consent.relatives import Objection, Outcome
from portrait.errors import N_
from portrait.i18n import _
from ui import days, session
from ui import show as tell
from ui.casefile import CaseFile, read_case
from ui.screens.casework import title_of
from ui.steps.facts import show_fact, verified_by
from ui.steps.permission import show_consent, show_relative

_OUTCOMES = {
    Outcome.UPHELD: N_("Agree with the objection"),
    Outcome.LIFTED: N_("It is settled with the family"),
}


@dataclass(frozen=True, slots=True)
class Waiting:
    """One thing that needs another person. verify: records that whoever is here checked it."""

    id: str
    show: Callable[[], None]
    verify: Callable[[], object]
    proof_id: str | None = None


def show() -> None:
    """List everything that waits, case by case, then the directory."""
    st.title(_("To decide"))
    st.markdown(
        _(
            "What counts was looked at by two people, neither of whom brought it in. "
            "Compare it with its source first."
        )
    )
    archive, actor = session.archive(), session.actor()
    for case_id in cases.list_open(archive, actor=actor):
        file = read_case(archive, case_id, actor=actor)
        waiting = list(_waiting(file))
        objections = _objections(case_id)
        if waiting or objections:
            st.subheader(title_of(file))
        for objection in objections:
            _settle(case_id, objection)
        for item in waiting:
            _verify(item)
    st.subheader(_("Contact lines"))
    for line in contacts.list_lines(archive, actor=actor):
        _line(line)
    _add_line()


def _waiting(file: CaseFile) -> Iterator[Waiting]:
    archive, actor = session.archive(), session.actor()
    for fact in file.facts:
        if not fact.verified:
            verify = partial(facts.verify_fact, archive, file.id, fact.key, actor=actor)
            yield Waiting(fact.id, partial(show_fact, fact), verify)
    for relative in file.relatives:
        if not relative.verified:
            verify = partial(relatives.verify_relative, archive, file.id, relative.id, actor=actor)
            yield Waiting(relative.id, partial(show_relative, relative), verify, relative.proof_id)
    for consent in file.consents:
        if consent.state_at(archive.clock()) in VALID and not consent.verified:
            verify = partial(records.verify, archive, consent.id, actor=actor)
            yield Waiting(consent.id, partial(show_consent, consent), verify, consent.proof_id)


def _verify(item: Waiting) -> None:
    """Show one thing with its proof; who may verify it is the archive's decision."""
    item.show()
    with st.container(horizontal=True):
        if item.proof_id is not None:
            read = partial(evidence.read, session.archive(), item.proof_id, actor=session.actor())
            st.download_button(_("Open the proof"), read, file_name=item.proof_id, key=f"proof-{item.id}")
        pressed = st.button(_("I compared it: it is so"), key=f"verify-{item.id}", icon=":material/check:")
    if pressed:
        with tell.telling():
            item.verify()
            st.rerun()


def _objections(case_id: str) -> list[Objection]:
    every = relatives.list_objections(session.archive(), case_id, actor=session.actor())
    return [objection for objection in every if objection.outcome is None]


def _settle(case_id: str, objection: Objection) -> None:
    with st.form(f"objection-{objection.id}"):
        tell.state(_("A relative objects. Nothing is made until it is settled."), tell.STOPS)
        st.text(objection.words)
        outcome = st.radio(_("How was it settled?"), _OUTCOMES, format_func=lambda end: _(_OUTCOMES[end]))
        reason = st.text_input(_("Why"))
        sent = st.form_submit_button(_("Record it"))
    if sent:
        with tell.telling():
            relatives.settle_objection(
                session.archive(), case_id, objection.id, outcome, reason=reason, actor=session.actor()
            )
            st.rerun()


def _line(line: ContactLine) -> None:
    """Show a line of the directory; those that wait can be verified."""
    if len(line.verified_by) < NEEDED:
        verify = partial(contacts.verify_line, session.archive(), line.id, actor=session.actor())
        _verify(Waiting(line.id, partial(_show_line, line), verify))
    else:
        _show_line(line)


def _show_line(line: ContactLine) -> None:
    with st.container(border=True, gap="small"):
        st.text(f"{line.institution} · {line.number}")
        st.caption(
            tell.plain(_("Seen on {day} in: {source}", day=f"{line.checked_on:%d/%m/%Y}", source=line.source))
        )
        verified_by(line.verified_by)
        if line.verified_by and not line.usable(session.archive().clock().date()):
            st.caption(_("It is given out only while it is fresh and verified by two."))


def _add_line() -> None:
    with st.expander(_("Add a contact line")), st.form("line", clear_on_submit=True, border=False):
        institution = st.text_input(_("Institution"))
        number = st.text_input(_("Telephone number"))
        source = st.text_input(_("Where the institution publishes it"))
        seen = days.ask(_("The day you saw it"))
        sent = st.form_submit_button(_("Add"), type="primary")
    if sent:
        with tell.telling():
            contacts.add_line(
                session.archive(), institution, number, source=source, checked_on=days.require(seen),
                actor=session.actor(),
            )  # fmt: skip
            st.rerun()
