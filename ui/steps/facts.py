"""Step 3: what is known, from which source, and who checked it. Only this may be spoken."""

from __future__ import annotations

import streamlit as st

from consent import facts
from consent.facts import Fact
from consent.four_eyes import NEEDED
from portrait.i18n import _
from ui import session
from ui import show as tell
from ui.casefile import CaseFile
from ui.show import DONE, WAITS

_USUAL = ("nombre", "fecha", "lugar", "edad", "folio", "carpeta", "señas")


def show(file: CaseFile) -> None:
    """List the facts and take another."""
    st.markdown(
        _("Only what two other people compared with its source is said in the video. The folio comes first.")
    )
    for fact in file.facts:
        show_fact(fact)
    with st.form("fact", clear_on_submit=True, border=False):
        st.subheader(_("Add a fact"))
        key = st.selectbox(
            _("Which fact"), _USUAL, index=None, accept_new_options=True, placeholder=_("Choose or write one")
        )
        value = st.text_input(_("What is known"))
        source = st.text_input(_("Where it comes from, and when it was seen"))
        sent = st.form_submit_button(_("Add"), type="primary")
    if sent:
        with tell.telling():
            facts.add_fact(session.archive(), file.id, key or "", value, source=source, actor=session.actor())
            st.rerun()


def show_fact(fact: Fact) -> None:
    """Show one fact with its source and how many people verified it."""
    with st.container(border=True, gap="small"):
        st.markdown(f"**{tell.plain(fact.key)}**")
        st.text(fact.value)
        st.caption(tell.plain(_("Source: {source}", source=fact.source)))
        verified_by(fact.verified_by)


def verified_by(people: tuple[str, ...]) -> None:
    """Show who verified something, or how many people it still needs."""
    if len(people) >= NEEDED:
        tell.state(_("Verified by {names}", names=", ".join(people)), DONE)
    else:
        tell.state(_("Verified by {done} of {needed} people", done=len(people), needed=NEEDED), WAITS)
