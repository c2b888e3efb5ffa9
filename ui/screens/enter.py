"""Log in; and on the very first run, the account that everything begins with."""

from __future__ import annotations

import streamlit as st

from consent import accounts
from consent.accounts import Role
from consent.passwords import MIN_PASSWORD
from portrait.i18n import _
from ui import session
from ui import show as tell
from ui.show import QUIET


def show() -> None:
    """Ask for handle and password, and for the code of a telephone where there is one."""
    st.title(_("Log in"))
    with st.form("log_in", border=False):
        handle = st.text_input(_("Account"), autocomplete="username")
        password = st.text_input(_("Password"), type="password", autocomplete="current-password")
        code = st.text_input(_("Code of your telephone, if you use one"), autocomplete="one-time-code")
        sent = st.form_submit_button(_("Log in"), type="primary")
    if sent:
        with tell.telling():
            session.log_in(handle.strip(), password, code.strip() or None)
            st.rerun()
    st.caption(_("The program forgets you when you close or reload the page; your work stays."))


def show_first_run() -> None:
    """Create the first coordinator of an archive in which nobody has an account yet."""
    st.title(_("Welcome"))
    st.markdown(
        _(
            "Nobody has an account here yet. The first one is the coordinator's: they give accounts to the "
            "others and decide with them."
        )
    )
    with st.form("first_run", border=False):
        handle = st.text_input(_("Account name"))
        st.caption(_("A short word, not your own name: small letters, digits and dashes."))
        password = st.text_input(
            _("Password of at least {least} characters", least=MIN_PASSWORD), type="password"
        )
        again = st.text_input(_("The same password again"), type="password")
        sent = st.form_submit_button(_("Create the account"), type="primary")
    if not sent:
        return
    if password != again:
        tell.say(_("The two passwords are not the same."), QUIET, _("Type them once more."))
        return
    with tell.telling():
        accounts.create(session.archive(), handle.strip(), Role.COORDINATOR, password=password)
        session.log_in(handle.strip(), password)
        st.rerun()
