"""Errors the studio raises. Each says what happened and what to do next.

    StudioError
    ├── MediaError          a file that cannot be used
    │   ├── PhotoError      the photograph (see portrait.photo)
    │   ├── VideoError      the reference video (see portrait.motion.video)
    │   └── ScriptError     the words (see portrait.script)
    ├── MissingPart         something that has to be installed or fetched first
    ├── UnknownName         a preset, template, voice or engine that does not exist
    ├── EncodeError         the encoder stopped (disk full, for example)
    └── Cancelled           the person stopped the work

A class states `problem` and `remedy` as English message ids with `{named}` fields; the CLI and
the UI translate them through `portrait.i18n`, so an error never carries prose of its own. Details
hold numbers, formats and file names, never a person's name.
"""

from __future__ import annotations

from typing import ClassVar


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark `message` for the catalogues without translating it here."""
    return message


class StudioError(Exception):
    """Root of everything the studio refuses or fails to do; exit code 2."""

    problem: ClassVar[str] = N_("The work could not be done.")
    remedy: ClassVar[str] = N_("Run `presente doctor` and try again.")

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(f"{self.problem} {self.remedy}".format(**details))


class MediaError(StudioError):
    """A file of the user's that cannot be used as it is."""


class PhotoError(MediaError):
    """A photograph that cannot be used; subclasses in `portrait.photo` say why."""


class VideoError(MediaError):
    """A reference video that cannot be used; subclasses in `portrait.motion.video` say why."""


class ScriptError(MediaError):
    """Words that cannot be narrated; subclasses in `portrait.script` say why."""


class MissingPart(StudioError):  # noqa: N818 - reads as what it is
    """A voice, font, model or program that is not on this machine."""

    problem = N_("A part that this needs is not installed: {part}.")
    remedy = N_("Install it with: {command}")


class UnknownName(StudioError):  # noqa: N818
    """A preset, template, voice or engine that does not exist."""

    problem = N_("There is no {kind} called “{name}”.")
    remedy = N_("Choose one of: {choices}.")


class EncodeError(StudioError):
    """The encoder stopped before the video was complete; nothing half-written remains."""

    problem = N_("The video could not be written: {reason}.")
    remedy = N_("Check that the disk has room and that the folder can be written, then run it again.")


class Cancelled(StudioError):  # noqa: N818
    """The person stopped the work; nothing half-written remains."""

    problem = N_("Stopped, as asked. Nothing half-written remains.")
    remedy = N_("Run the same command again whenever you want.")
