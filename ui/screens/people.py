"""Accounts: who works here. Names stay outside; an account is a handle and a role."""

from __future__ import annotations

import streamlit as st

from consent import accounts
from consent.accounts import Role
from consent.passwords import MIN_PASSWORD
from portrait.i18n import _
from ui import session
from ui import show as tell
from ui.wording import ROLES

_OFFERED = (Role.VOLUNTEER, Role.COORDINATOR, Role.AUDITOR)


def show() -> None:
    """List the accounts and create one."""
    st.title(_("People"))
    for person in accounts.list_all(session.archive()):
        with st.container(border=True, horizontal=True, horizontal_alignment="distribute"):
            st.text(person.handle, width="content")
            st.caption(_(ROLES[person.role]) if person.active else _("Closed"), width="content")
    st.subheader(_("Add an account"))
    with st.form("person", clear_on_submit=True, border=False):
        handle = st.text_input(_("Account name"))
        role = st.selectbox(_("Role"), _OFFERED, format_func=lambda one: _(ROLES[one]))
        password = st.text_input(
            _("First password of at least {least} characters", least=MIN_PASSWORD), type="password"
        )
        sent = st.form_submit_button(_("Create the account"), type="primary")
    if sent:
        with tell.telling():
            accounts.create(session.archive(), handle.strip(), role, actor=session.actor(), password=password)
            tell.note_for_next_run(_("The account exists now."))
            st.rerun()
