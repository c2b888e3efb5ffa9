"""Step 4: the words, each sentence with the facts it rests on, and what the guard says about them."""

from __future__ import annotations

from collections import defaultdict

import streamlit as st

from consent import contacts, evidence, guard
from consent.clearance import ScriptText
from consent.evidence import EvidenceKind
from consent.reasons import Reason
from portrait.demo import SCRIPTS
from portrait.i18n import _, current_language, explain
from portrait.script import NO_FACT, parse_script, reading_time
from portrait.types import Person, Script
from ui import session
from ui import show as tell
from ui.casefile import CaseFile
from ui.show import DONE, EMPTY, QUIET

_TEXT = "script_text"


def show(file: CaseFile) -> None:
    """Write, look at what the guard finds, keep."""
    contact = {"es": "contacto", "en": "contact"}[current_language()]
    known = ", ".join([*(fact.key for fact in file.facts), contact])
    st.markdown(
        _("After each sentence, name the fact it rests on: [^place]. If it states none, write [^-].")
        .replace("[", "\\[")
        .replace("^", "\\^")
    )
    st.caption(tell.plain(_("Facts of this case: {keys}", keys=known)))
    if _TEXT not in st.session_state:
        with tell.telling():
            st.session_state[_TEXT] = _kept_text(file)
    text = st.text_area(_("Script"), key=_TEXT, height=260, label_visibility="collapsed")
    with st.container(horizontal=True):
        st.button(_("Look through it"))
        keep = st.button(_("Keep it"), type="primary")
    if not text.strip():
        return
    with tell.telling():
        script = parse_script(text)
        if keep:
            _keep(file.id, text)
        _read_through(file, script)


def _kept_text(file: CaseFile) -> str:
    """Return the script as it was written; a demonstration begins with its own."""
    kept = file.kept.get(EvidenceKind.SCRIPT)
    if kept is not None:
        return evidence.read(session.archive(), kept.id, actor=session.actor()).decode()
    if file.demonstration:
        return (SCRIPTS / f"{current_language()}.md").read_text(encoding="utf-8")
    return ""


def _keep(case_id: str, text: str) -> None:
    evidence.store(
        session.archive(),
        case_id,
        EvidenceKind.SCRIPT,
        text.encode(),
        media_type="text/markdown",
        actor=session.actor(),
    )
    tell.note_for_next_run(_("The script is kept."))
    st.rerun()


def _read_through(file: CaseFile, script: Script) -> None:
    """Show every sentence with its facts and the guard's findings below it."""
    sentences = tuple((sentence.text, sentence.facts) for sentence in script.sentences)
    spoken = ScriptText(script.language.value, script.person.value, sentences)
    found: defaultdict[int | None, list[Reason]] = defaultdict(list)
    for reason in guard.examine(spoken, _known(file)):
        found[None if reason.span is None else reason.span.sentence].append(reason)
    seconds = f"{reading_time(script):.0f}"
    first = script.person is Person.FIRST
    who = _("The portrait speaks in the first person.") if first else _("A narrator speaks.")
    st.caption(f"{who} " + _("About {seconds} seconds.", seconds=seconds))
    for number, sentence in enumerate(script.sentences):
        with st.container(border=True, gap="small"):
            st.text(sentence.text)
            st.caption(tell.plain(_cited(sentence.facts)))
            for problem, remedy in dict.fromkeys(explain(reason) for reason in found[number]):
                tell.state(f"{problem} {remedy}", QUIET)
    if not any(found.values()):
        tell.state(_("The guard has no objection to these words."), DONE)
    elif found[None]:
        for reason in found[None]:
            tell.state(explain(reason)[0], EMPTY)


def _cited(keys: tuple[str, ...]) -> str:
    if not keys:
        return _("Names no fact yet")
    if keys == (NO_FACT,):
        return _("States no fact")
    return _("Rests on: {keys}", keys=", ".join(keys))


def _known(file: CaseFile) -> guard.Known:
    lines = contacts.directory(session.archive())
    return guard.Known(
        facts={fact.key: fact for fact in file.facts},
        numbers=frozenset(line.number for line in lines),
        institutions=tuple(line.institution for line in lines),
    )
