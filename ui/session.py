"""Who is at the desk, in which language, and the archive behind it.

The archive's own session says who it is, with every run: it ends when idle, after a day's work, or by a
coordinator's hand. Its token lives in the server's memory, for one browser tab; nothing is kept in a cookie.
"""

from __future__ import annotations

import streamlit as st

from consent import sessions
from consent.accounts import Account
from consent.archive import Archive, open_archive
from consent.errors import SessionEnded
from portrait.i18n import LANGUAGES, use_language
from portrait.settings import Settings

_TOKEN, _ACTOR, _LANGUAGE = "presente_token", "presente_actor", "presente_language"


def begin() -> None:
    """Speak the visitor's language; call it first in every run, since each has a context of its own."""
    use_language(language())


def language() -> str:
    """Return the language this visitor chose, else the machine's."""
    chosen: str | None = st.session_state.get(_LANGUAGE)
    return chosen if chosen in LANGUAGES else Settings().language


def choose_language(chosen: str) -> None:
    """Change the language from now on."""
    st.session_state[_LANGUAGE] = chosen


def archive() -> Archive:
    """Return the archive of this machine's settings, opened once for all visitors."""
    settings = Settings()
    return _opened(str(settings.home), settings.database)


def log_in(handle: str, password: str, code: str | None = None) -> None:
    """Let somebody in; raises LogInRefused, CodeNeeded, TooSoon."""
    token, opened = sessions.open(archive(), handle, password, code)
    st.session_state[_TOKEN], st.session_state[_ACTOR] = token, opened.account.handle


def log_out() -> None:
    """End the session, and forget everything its owner looked at."""
    token = st.session_state.get(_TOKEN)
    if token is not None:
        sessions.close(archive(), token)
    _forget()


def account() -> Account | None:
    """Return the account of whoever is logged in; None when nobody is, or no longer."""
    token = st.session_state.get(_TOKEN)
    if token is None:
        return None
    try:
        return sessions.resume(archive(), token).account
    except SessionEnded:
        _forget()
        return None


def actor() -> str:
    """Return the handle of whoever is logged in; screens that need one are shown to nobody else."""
    return str(st.session_state[_ACTOR])


def _forget() -> None:
    kept = language()
    st.session_state.clear()
    choose_language(kept)


@st.cache_resource(show_spinner=False)
def _opened(home: str, database: str | None) -> Archive:
    settings = Settings()
    return open_archive(settings.home, url=database, passphrase=settings.passphrase)
