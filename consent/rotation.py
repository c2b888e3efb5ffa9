"""A new master key: another passphrase, another key file, or one instead of the other.

Everything the master key closes is closed again with the new one: the case keys, the signing key, the
recovery key, the second factors. Nothing else is touched, because everything else is under the case keys.
Whoever copied the old master key and the old case keys can still open what those keys opened then: where
that may have happened, the cases concerned need new consent and new files, not only a new key.
"""

from __future__ import annotations

from consent import key_change, second_factor
from consent.accounts import Action, permit
from consent.archive import Archive
from consent.events import Event
from consent.models import IdentityRow


def rotate(archive: Archive, *, passphrase: bytes | None, actor: str) -> None:
    """Make a new master key and use it from now on; close `archive` afterwards and open it again.

    passphrase: the new one; None for a key file. Every other process that has the archive open gets
    WrongKey at its next change. Takes one small write to disk a case, during which nobody else writes.
    Raises NotPermitted.
    """
    with archive.writing() as work:
        permit(work, actor, Action.KEEP_KEYS)
        new = key_change.stage(archive.home, archive.keys, passphrase)
        second_factor.reseal(work.session, archive.keys.master, new.master)
        work.session.get_one(IdentityRow, 1).key_check = new.marks.check
        work.log(Event.MASTER_KEY_CHANGED, actor=actor)
    key_change.settle(archive.home, passphrase, new.marks)
