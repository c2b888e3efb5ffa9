"""The first page: what this is, and where to go."""

from __future__ import annotations

import streamlit as st
from streamlit.navigation.page import StreamlitPage

from portrait.i18n import _
from watermark.verify import ALWAYS


def show(check: StreamlitPage, log_in: StreamlitPage) -> None:
    """Say what Presente does and does not do, and lead on."""
    st.title("Presente")
    st.markdown(
        _(
            "With a family's permission and with verified facts, a photograph becomes a short video: "
            "labelled, signed, and open to anybody's check."
        )
    )
    st.markdown(
        _(
            "The family decides each thing separately. It can stop or withdraw its permission at any moment, "
            "without giving reasons."
        )
    )
    with st.container(border=True):
        st.subheader(_("Did you receive a video?"))
        st.markdown(_("You need no account to check it, and the file is not kept."))
        st.page_link(check, label=_("Check a video"), icon=":material/search:")
    with st.container(border=True):
        st.subheader(_("Do you work with a collective?"))
        st.markdown(_("Log in with the account that your coordinator gave you."))
        st.page_link(log_in, label=_("Log in"), icon=":material/login:")
    st.caption(_(ALWAYS))
