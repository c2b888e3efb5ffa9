"""Errors the seal raises. Each says what happened and what to do next.

    SealError
    ├── UnreadableMedia     a suspicious file that cannot be examined
    │   ├── NotMedia        its first bytes are of no picture or video this reads (playlists are none)
    │   ├── NoPicture       it is a media file, but holds no picture that can be decoded
    │   ├── TooLarge        its pictures are larger than what is safe to decode
    │   └── TooSmall        its pictures are too small to carry a mark
    ├── ReadingTimedOut     the decoder did not come to an end in the time allowed
    ├── InvalidRenderId     characters that are no render id (a slip of the tongue, mostly)
    ├── LabelError          the visible label cannot be drawn
    │   ├── TooSmallForLabel  its letters would be too small to read
    │   └── NoLabelText     the language has no normative wording
    ├── KeysUnusable        the signing keys cannot be used as they lie there
    │   ├── KeysMisplaced   the folder belongs to the program, not to the archive
    │   ├── KeysExposed     other accounts of the machine can read them
    │   ├── KeysBroken      a file is damaged, incomplete or of another kind
    │   ├── KeysForeign     a key and its certificate, or a leaf and its root, do not belong together
    │   ├── KeysExpired     the root's time is over
    │   └── RootKeyAway     the leaf must be renewed and the root's key is kept elsewhere
    ├── SigningFailed       the credentials could not be written; nothing half-written remains
    ├── UnsignableFormat    a file type that cannot carry credentials here
    └── NotAnIdentifier     free text where the credentials allow ids and digests only

A class states `problem` and `remedy` as English message ids with `{named}` fields, exactly like the
other rooms' errors; whoever shows them translates them. Details hold numbers and formats, never a
person's name and never a path.
"""

from __future__ import annotations

from typing import ClassVar


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark `message` for the catalogues without translating it here."""
    return message


class SealError(Exception):
    """Root of everything the seal refuses or fails to do."""

    problem: ClassVar[str] = N_("The seal could not be applied or read.")
    remedy: ClassVar[str] = N_("Run `presente doctor` and try again.")

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(f"{self.problem} {self.remedy}".format(**details))


class UnreadableMedia(SealError):  # noqa: N818 - reads as what it is
    """A suspicious file that cannot be examined; the verdict is then "cannot tell"."""


class NotMedia(UnreadableMedia):
    """The first bytes belong to no container on the allow-list."""

    problem = N_("This is not a picture or a video that can be examined.")
    remedy = N_("Give the video or picture itself (MP4, MOV, WebM, MKV, AVI, MPEG, JPEG, PNG or WebP).")


class NoPicture(UnreadableMedia):
    """The container opened, but no frame could be decoded."""

    problem = N_("The file holds no picture that can be decoded; it may be damaged.")
    remedy = N_("Download or copy it again and try once more.")


class TooLarge(UnreadableMedia):
    """The pictures are larger than what is decoded from an unknown sender."""

    problem = N_("It has {width} × {height} pixels; at most {most} megapixels are examined.")
    remedy = N_("Save it at a smaller size and try again.")


class TooSmall(UnreadableMedia):
    """The pictures are too small for the mark to be told from noise."""

    problem = N_("It has {width} × {height} pixels; at least {least} on the shorter side are needed.")
    remedy = N_("Look for a larger copy.")


class ReadingTimedOut(SealError):  # noqa: N818
    """The decoder did not come to an end in the time allowed."""

    problem = N_("Examining the file took longer than {seconds} seconds and was stopped.")
    remedy = N_("Cut out a few seconds of the video and examine those.")


class InvalidRenderId(SealError):  # noqa: N818
    """Characters that are no render id."""

    problem = N_("“{text}” is not a render id.")
    remedy = N_("Read the thirteen characters again; the last one guards against slips.")


class LabelError(SealError):
    """The visible label cannot be drawn; without it nothing may be rendered."""


class TooSmallForLabel(LabelError):  # noqa: N818
    """The picture is so small that the label's letters could not be read."""

    problem = N_("A picture of {width} × {height} pixels is too small for a legible label.")
    remedy = N_("Render with at least {least} pixels on the shorter side.")


class NoLabelText(LabelError):  # noqa: N818
    """The language has no normative wording of the label."""

    problem = N_("The label has no wording in the language “{language}”.")
    remedy = N_("Choose one of: {choices}.")


class KeysUnusable(SealError):  # noqa: N818
    """The signing keys cannot be used as they lie there; nothing was changed or replaced."""


class KeysMisplaced(KeysUnusable):
    """The folder for keys lies inside the program's own folder, where it would be copied along."""

    problem = N_("The signing keys must not be kept inside the program's own folder.")
    remedy = N_("Choose a folder outside it, for example the archive's.")


class KeysExposed(KeysUnusable):
    """Other accounts of this machine can read a private key."""

    problem = N_("Other accounts of this machine can read the signing key in {file}.")
    remedy = N_(
        "If nobody else used this machine: chmod 700 the folder, chmod 600 its files. Else make new keys."
    )


class KeysBroken(KeysUnusable):
    """A key file is damaged, incomplete or of another kind."""

    problem = N_("The signing key in {file} is damaged or is not a P-256 key with its certificate.")
    remedy = N_("Put the backup of the keys back in its place. New keys would not be recognised as yours.")


class KeysForeign(KeysUnusable):
    """A key and a certificate, or a leaf and its root, do not belong together."""

    problem = N_("The signing key in {file} does not belong to the certificate beside it.")
    remedy = N_("Put the backup of the keys back in its place. New keys would not be recognised as yours.")


class KeysExpired(KeysUnusable):
    """The root certificate's time is over."""

    problem = N_("The root certificate in {file} ended on {date}.")
    remedy = N_("Keep its public part for old videos and make new keys in an empty folder.")


class RootKeyAway(KeysUnusable):
    """The leaf must be renewed, and the root's private key is kept elsewhere."""

    problem = N_("The signing certificate must be renewed, and the root's private key is not in {file}.")
    remedy = N_("Bring the file with the root's private key back for a moment and try again.")


class SigningFailed(SealError):  # noqa: N818
    """The credentials could not be written; nothing half-written remains."""

    problem = N_("The file could not be signed: {reason}.")
    remedy = N_("Check that the disk has room and that the key service answers, then run it again.")


class UnsignableFormat(SealError):  # noqa: N818
    """A file type that cannot carry credentials here."""

    problem = N_("A file of type “{suffix}” cannot be signed.")
    remedy = N_("Use one of: {choices}.")


class NotAnIdentifier(SealError):  # noqa: N818
    """Free text where the credentials allow ids and digests only; it could be somebody's name."""

    problem = N_("The credentials hold identifiers and digests only; {length} characters are neither.")
    remedy = N_("Use the archive's identifier, or the SHA-256 in small hexadecimal digits.")
