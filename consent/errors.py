"""Errors the archive raises. Each says what happened and what to do next.

    ArchiveError
    ├── OpenError           the archive cannot be opened: keys, database, schema
    │   ├── KeyMissing, KeyCorrupt, KeyExposed, WrongKey
    │   └── StoreUnreachable, StoreCorrupt, NewerSchema
    ├── BadValue            a value that cannot be recorded
    ├── NoSuch              a case, record, account or render that does not exist
    ├── AlreadyThere        a name that is taken
    │   └── FolioTaken      the same search, under the same folio, is another open case
    ├── NotPermitted        this person may not do that
    │   ├── LogInRefused, CodeNeeded, SessionEnded, LinkRefused
    │   └── LastCoordinator
    ├── TooSoon             too many attempts failed; the wait is said
    ├── FourEyes            a second person is needed, and this one is not
    │   └── TwoCoordinators
    ├── WrongState          the record cannot go from its state to that one
    │   └── CoolingOff      a paused consent is not released yet
    ├── Frozen              the case is found or closed and takes no more work
    ├── Erased              the keys of the case were destroyed
    ├── Refused             the guard refuses, with every reason (see consent.reasons)
    ├── BundleError         an exported log that cannot be read
    └── BackupUnreadable    a backup, keyring or recovery key that does not open

A class states `problem` and `remedy` as English message ids with `{named}` fields, translated by
whoever shows them. Details hold kinds, handles and states, never a person's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from consent.reasons import Reason


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark `message` for the catalogues without translating it here."""
    return message


KINDS = (  # what the detail `kind` can name
    N_("account"),
    N_("archive"),
    N_("case"),
    N_("consent"),
    N_("contact"),
    N_("entry"),
    N_("evidence"),
    N_("fact"),
    N_("link"),
    N_("notice"),
    N_("objection"),
    N_("recovery"),
    N_("relative"),
    N_("render"),
    N_("second factor"),
    N_("session"),
    N_("takedown"),
    N_("viewer"),
)


class ArchiveError(Exception):
    """Root of everything the archive refuses or fails to do."""

    problem: ClassVar[str] = N_("The archive could not do this.")
    remedy: ClassVar[str] = N_("Run `presente doctor` and try again.")

    def __init__(self, **details: object) -> None:
        self.details = details
        super().__init__(f"{self.problem} {self.remedy}".format(**details))


class OpenError(ArchiveError):
    """The archive cannot be opened as it is."""


class KeyMissing(OpenError):  # noqa: N818 - reads as what it is
    """The archive exists, and the key that opens it is not there."""

    problem = N_("The archive's key “{name}” is missing, so nothing in it can be read.")
    remedy = N_("Put the key file back from its backup, or give the passphrase the archive was made with.")


class KeyCorrupt(OpenError):  # noqa: N818
    """A key file does not hold a key."""

    problem = N_("The key file “{name}” is damaged.")
    remedy = N_("Put the key file back from its backup. Do not delete it: nothing can replace it.")


class KeyExposed(OpenError):  # noqa: N818
    """Other people of this machine can read a key file."""

    problem = N_("Other people on this computer can read the key file “{name}”.")
    remedy = N_("Close it with `chmod 600` and consider whether somebody may have copied it.")


class WrongKey(OpenError):  # noqa: N818
    """The key or passphrase belongs to another archive."""

    problem = N_("This key or passphrase does not open this archive.")
    remedy = N_("Use the key or passphrase that the archive was made with.")


class StoreUnreachable(OpenError):  # noqa: N818
    """The database does not answer."""

    problem = N_("The archive's database does not answer.")
    remedy = N_("Check that the folder can be written, or that the database server runs, and try again.")


class StoreCorrupt(OpenError):  # noqa: N818
    """The database file is not a database, or a damaged one."""

    problem = N_("The archive's database is damaged or is not a database.")
    remedy = N_("Put the last backup back; the exported log shows whether anything is missing.")


class NewerSchema(OpenError):  # noqa: N818
    """The database was written by a later version of the program."""

    problem = N_("This archive was written by a newer version of Presente.")
    remedy = N_("Update Presente on this computer before opening it.")


class BadValue(ArchiveError):  # noqa: N818
    """A value that cannot be recorded as it is."""

    problem = N_("The field “{field}” cannot be recorded like this: {why}.")
    remedy = N_("Correct it and send it again.")


class NoSuch(ArchiveError):  # noqa: N818
    """Something that does not exist in this archive."""

    problem = N_("This archive does not have this {kind}: {name}.")
    remedy = N_("Check the identifier.")


class AlreadyThere(ArchiveError):  # noqa: N818
    """A name that is taken."""

    problem = N_("This {kind} already exists: {name}.")
    remedy = N_("Choose another.")


class FolioTaken(AlreadyThere):
    """Another open case has the same folio. Names that case and nothing of what is in it."""

    problem = N_("This folio is already that of the open case {case}.")
    remedy = N_("Work on that case, or correct the folio.")


class NotPermitted(ArchiveError):  # noqa: N818
    """This person may not do that, here or at all."""

    problem = N_("The account “{actor}” may not do this ({action}).")
    remedy = N_("Ask a coordinator.")


class LogInRefused(NotPermitted):
    """Handle, password or code are not right; which of them is not said."""

    problem = N_("Account, password or code are not right.")
    remedy = N_("Look at all three again, or ask a coordinator.")


class CodeNeeded(NotPermitted):
    """The password is right, and this account also needs a code."""

    problem = N_("This account also needs the code that your telephone shows.")
    remedy = N_("Give the six digits, or one of your recovery codes.")


class SessionEnded(NotPermitted):
    """The session was closed, ran out or never was."""

    problem = N_("You are no longer logged in.")
    remedy = N_("Log in again; your work is kept.")


class LinkRefused(NotPermitted):
    """The link was used, ran out, was taken back or never was; which of them is not said."""

    problem = N_("This link no longer works.")
    remedy = N_("Ask the person who gave it to you for a new one.")


class LastCoordinator(NotPermitted):
    """Without this account nobody could let anybody in."""

    problem = N_("“{account}” is the only coordinator, and the archive cannot be without one.")
    remedy = N_("Create another coordinator first.")


class TooSoon(ArchiveError):  # noqa: N818
    """Too many attempts failed one after another."""

    problem = N_("Too many attempts in a row: the next one is possible in {seconds} seconds.")
    remedy = N_("Wait and try again.")


class FourEyes(ArchiveError):  # noqa: N818
    """Whoever brought something in, or has verified it already, cannot verify it (again)."""

    problem = N_("“{actor}” cannot verify this: it needs two people other than the one who brought it in.")
    remedy = N_("Ask somebody else to look at the source and verify it.")


class TwoCoordinators(FourEyes):
    """Letting somebody back in takes two coordinators, neither of whom is that person."""

    problem = N_("“{actor}” cannot do this alone: it takes two coordinators other than “{account}”.")
    remedy = N_("Ask another coordinator.")


class WrongState(ArchiveError):  # noqa: N818
    """A record cannot go from its present state to another."""

    problem = N_("This {kind} cannot go from “{state}” to “{wanted}”.")
    remedy = N_("Look at its history; it may need a new record.")


class CoolingOff(WrongState):
    """Whoever was threatened may still be; a paused consent waits before it is released."""

    problem = N_("This permission was paused and can be released in {hours} hours at the earliest.")
    remedy = N_("Use the time to speak with the family alone and somewhere safe.")


class Frozen(ArchiveError):  # noqa: N818
    """The case is found or closed and takes no more work."""

    problem = N_("This case no longer takes any work.")
    remedy = N_("Speak with the coordinator of the case.")


class Erased(ArchiveError):  # noqa: N818
    """The keys of the case were destroyed, as the family asked."""

    problem = N_("What this case held was erased and cannot be read by anybody.")
    remedy = N_("Nothing needs to be done.")


class Refused(ArchiveError):  # noqa: N818
    """The guard refuses. `reasons` holds all of them, each with its way on."""

    problem = N_("The guard does not allow this ({codes}).")
    remedy = N_("Each reason says what is still needed.")

    def __init__(self, reasons: Sequence[Reason]) -> None:
        self.reasons = tuple(reasons)
        super().__init__(codes=", ".join(reason.code for reason in self.reasons))


class BundleError(ArchiveError):
    """An exported log that cannot be read at all."""

    problem = N_("This file is not an exported log of Presente.")
    remedy = N_("Ask for the export again.")


class BackupUnreadable(ArchiveError):  # noqa: N818
    """A backup, keyring or recovery key that does not open."""

    problem = N_("“{name}” cannot be opened: it is damaged, or it belongs to another archive.")
    remedy = N_("Check the recovery key and that backup and keyring are of the same archive.")
