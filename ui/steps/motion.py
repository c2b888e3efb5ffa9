"""Step 5: what moves the portrait: a calm template, or a volunteer's own video."""

from __future__ import annotations

import streamlit as st

from consent.evidence import EvidenceKind
from portrait.i18n import _, current_language
from portrait.motion.templates import Template, list_templates
from portrait.settings import Settings
from ui import motions, session
from ui import show as tell
from ui.casefile import CaseFile
from ui.show import DONE
from ui.uploads import on_disk


def show(file: CaseFile) -> None:
    """Choose the motion; the family says yes to exactly this one."""
    kept = file.kept.get(EvidenceKind.MOTION)
    if kept is not None:
        template = kept.media_type == motions.TEMPLATE_TYPE
        tell.state(_("A template is chosen.") if template else _("A volunteer's video is chosen."), DONE)
    home = Settings().home
    st.markdown(_("How should the portrait move? Calm movement looks best."))
    templates = {item.name: item for item in list_templates(motions.own_templates(home))}
    name = st.radio(
        _("Template"),
        templates,
        format_func=lambda name: _titled(templates[name]),
        label_visibility="collapsed",
    )
    if name is not None and st.button(_("Use this template"), type="primary"):
        with tell.telling():
            motions.keep_template(session.archive(), file.id, templates[name], home, actor=session.actor())
            st.rerun()
    st.subheader(_("Or a video of a volunteer"))
    st.markdown(
        _(
            "Somebody of the collective, filmed from the front for 5 seconds or more. "
            "Only the movement is used."
        )
    )
    upload = st.file_uploader(_("Video"), label_visibility="collapsed", key="motion_upload")
    if upload is not None and st.button(_("Use this video")):
        with tell.telling():
            with on_disk(upload) as path:
                motions.keep_video(session.archive(), file.id, path, actor=session.actor())
            st.rerun()


def _titled(template: Template) -> str:
    title, seconds = template.title(current_language()), f"{template.track.duration:.0f}"
    return tell.plain(_("{title}, {seconds} seconds", title=title, seconds=seconds))
