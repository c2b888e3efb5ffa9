"""Cases: the list, one case, one step of it; which one is in the address, so that reloading finds it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import streamlit as st

from consent import cases
from portrait.errors import N_
from portrait.i18n import _
from ui import days, session
from ui import show as tell
from ui.casefile import TITLES, CaseFile, Step, read_case
from ui.steps import facts, motion, permission, person, photo, result, review, script

SCREENS: Mapping[Step, Callable[[CaseFile], None]] = {
    Step.PERSON: person.show,
    Step.PHOTO: photo.show,
    Step.FACTS: facts.show,
    Step.SCRIPT: script.show,
    Step.MOTION: motion.show,
    Step.PERMISSION: permission.show,
    Step.REVIEW: review.show,
}
CASE, STEP = "caso", "paso"
_AGES = {False: N_("Adult"), True: N_("Minor")}


def show() -> None:
    """Show what the address names."""
    case_id = st.query_params.get(CASE)
    if case_id is None:
        _list()
        return
    file = read_case(session.archive(), case_id, actor=session.actor())
    named = st.query_params.get(STEP)
    if named in {step.value for step in Step}:
        _step(file, Step(named))
    else:
        _overview(file)


def go(case_id: str | None = None, step: Step | None = None) -> None:
    """Put a case and a step into the address."""
    st.query_params.from_dict(
        {name: value for name, value in ((CASE, case_id), (STEP, step and step.value)) if value}
    )
    st.session_state.pop("script_text", None)


def title_of(file: CaseFile) -> str:
    """Return how a case is called: by its identifier, never by a name."""
    short = file.id.removeprefix("case-")
    return _("Demonstration {id}", id=short) if file.demonstration else _("Case {id}", id=short)


def _list() -> None:
    st.title(_("Cases"))
    archive, actor = session.archive(), session.actor()
    opened = cases.list_open(archive, actor=actor)
    if not opened:
        st.markdown(_("There is no open case."))
    for case_id in opened:
        file = read_case(archive, case_id, actor=actor)
        done = sum(file.state(step)[1] is tell.DONE for step in Step)
        with st.container(border=True, horizontal=True, horizontal_alignment="distribute",
                          vertical_alignment="center"):  # fmt: skip
            st.button(title_of(file), key=case_id, on_click=go, args=(case_id,), type="tertiary")
            st.caption(_("{done} of 7 steps", done=done), width="content")
    with st.expander(_("Open a case")):
        _open_case()
    with st.expander(_("Try it with a historic portrait")):
        st.markdown(_("A demonstration shows the whole way without anybody's family. Its video stays here."))
        if st.button(_("Open a demonstration")):
            with tell.telling():
                go(cases.open_demonstration(archive, actor=actor).id)
                st.rerun()


def _open_case() -> None:
    with st.form("open_case", border=False):
        disappeared = days.ask(_("Missing since"))
        born = days.ask(_("Date of birth, if known"))
        minor = st.radio(_("If not known"), _AGES, format_func=lambda young: _(_AGES[young]), horizontal=True)
        sent = st.form_submit_button(_("Open the case"), type="primary")
    if not sent:
        return
    with tell.telling():
        birth = days.read(born)
        case = cases.open_case(
            session.archive(),
            actor=session.actor(),
            disappeared=days.require(disappeared),
            born=birth,
            minor=None if birth else minor,
        )
        go(case.id)
        st.rerun()


def _overview(file: CaseFile) -> None:
    st.button(_("All cases"), on_click=go, type="tertiary", icon=":material/arrow_back:")
    st.title(title_of(file))
    with st.container(border=True, gap="small"):
        for number, step in enumerate(Step, 1):
            with st.container(
                horizontal=True, horizontal_alignment="distribute", vertical_alignment="center"
            ):
                st.button(f"{number} · {_(TITLES[step])}", key=step, on_click=go, args=(file.id, step),
                          type="tertiary")  # fmt: skip
                with st.container(width="content"):
                    tell.state(*file.state(step))
    result.show(file)


def _step(file: CaseFile, step: Step) -> None:
    steps = list(Step)
    place = steps.index(step)
    st.button(title_of(file), on_click=go, args=(file.id,), type="tertiary", icon=":material/arrow_back:")
    st.title(f"{place + 1} · {_(TITLES[step])}")
    SCREENS[step](file)
    st.divider()
    following = steps[place + 1] if place + 1 < len(steps) else None
    st.button(_("Continue"), key="continue", on_click=go, args=(file.id, following))
