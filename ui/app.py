"""The entrance: language, who is here, and which screens they see. Started by `python -m ui.launch`."""

from __future__ import annotations

from functools import partial

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from consent import accounts
from consent.accounts import Account, Action
from portrait.i18n import _
from ui import session, theme
from ui import show as tell
from ui.screens import casework, check, decide, enter, home, people


def main() -> None:
    """Show the page that was asked for; an error of the domain becomes a sentence, never a traceback."""
    session.begin()
    st.set_page_config(page_title="Presente", page_icon=str(theme.MARK), layout="centered")
    st.html(theme.style())
    st.logo(str(theme.MARK), size="large")
    try:
        person = session.account()
        page = st.navigation(_pages(person), position="top")
        _corner(person)
        tell.noted()
        page.run()
    except tell.TROUBLE as error:
        tell.told(error)


def _pages(person: Account | None) -> list[StreamlitPage]:
    """Return the pages of the menu. Hiding one is a courtesy; the archive is what refuses."""
    if person is None:
        return _for_anybody()
    pages = [st.Page(casework.show, title=_("Cases"), url_path="casos", default=True)]
    if person.may(Action.VERIFY):
        pages.append(st.Page(decide.show, title=_("To decide"), url_path="por-decidir"))
    if person.may(Action.MANAGE_ACCOUNTS):
        pages.append(st.Page(people.show, title=_("People"), url_path="personas"))
    return [*pages, _check_page()]


def _for_anybody() -> list[StreamlitPage]:
    """Without an account: check a video, or log in. Inner addresses lead to the log-in, and on from there."""
    if not accounts.list_all(session.archive()):
        return [
            st.Page(enter.show_first_run, title=_("Begin"), url_path="inicio", default=True),
            _check_page(),
        ]
    log_in = st.Page(enter.show, title=_("Log in"), url_path="entrar")
    welcome = enter.show if casework.CASE in st.query_params else partial(home.show, _check_page(), log_in)
    at_home = st.Page(welcome, title=_("Home"), url_path="inicio", default=True)
    inner = ("por-decidir", "personas")
    hidden = [st.Page(enter.show, title=_("Log in"), url_path=path, visibility="hidden") for path in inner]
    return [at_home, _check_page(), log_in, *hidden]


def _check_page() -> StreamlitPage:
    return st.Page(check.show, title=_("Check a video"), url_path="comprobar")


def _corner(person: Account | None) -> None:
    """Language, and the way out, above every page."""
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        if person is not None:
            st.caption(person.handle, width="content")
            st.button(_("Log out"), on_click=session.log_out, type="tertiary", icon=":material/logout:")
        other = "en" if session.language() == "es" else "es"
        st.button(
            {"es": "Español", "en": "English"}[other],
            key="language",
            type="tertiary",
            icon=":material/translate:",
            on_click=session.choose_language,
            args=(other,),
        )


main()
