"""Step 1: who is missing, without a name: names are facts, with their source."""

from __future__ import annotations

import streamlit as st

from consent import cases
from consent.accounts import Action
from consent.cases import ProtectionOrder
from portrait.errors import N_
from portrait.i18n import _
from ui import session
from ui import show as tell
from ui.casefile import CaseFile
from ui.show import QUIET
from ui.wording import ORDERS

_ANSWERS = {
    ProtectionOrder.NONE: N_("None in force"),
    ProtectionOrder.IN_FORCE: N_("One is in force"),
}


def show(file: CaseFile) -> None:
    """Show dates, and what is known about protection orders and minority."""
    if file.demonstration:
        tell.say(
            _("Nobody is missing in this case."),
            QUIET,
            _("It shows how the work goes, over a historic portrait. Its video stays on this computer."),
        )
        return
    case = file.case
    if case.disappeared:
        st.markdown(_("Missing since: {day}", day=case.disappeared.strftime("%d/%m/%Y")))
    if case.born:
        st.markdown(_("Born: {day}", day=case.born.strftime("%d/%m/%Y")))
    word, tone = ORDERS[case.protection_order]
    tell.state(_(word), tone)
    account = session.account()
    if account is not None and account.may(Action.CHECK_PROTECTION_ORDER, case.id):
        _ask_about_orders(case.id)
    if case.minor:
        _minor(file)


def _ask_about_orders(case_id: str) -> None:
    st.markdown(_("What did the authority answer about protection orders?"))
    with st.container(horizontal=True):
        for found, answer in _ANSWERS.items():
            if st.button(_(answer), key=f"order-{found.value}"):
                with tell.telling():
                    cases.check_protection_order(session.archive(), case_id, found, actor=session.actor())
                    st.rerun()


def _minor(file: CaseFile) -> None:
    if file.case.minor_approved_by:
        st.markdown(_("A minor. A coordinator approved that the portrait be used."))
        return
    tell.say(
        _("A minor when they disappeared."),
        QUIET,
        _("A coordinator decides whether the portrait may be used."),
    )
    account = session.account()
    may = account is not None and account.may(Action.APPROVE_MINOR, file.id)
    if may and st.button(_("Approve that it be used")):
        with tell.telling():
            cases.approve_minor(session.archive(), file.id, actor=session.actor())
            st.rerun()
