"""The log's only writer: one sequencer for all, in the same transaction as the change it records."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from consent import canonical
from consent.canonical import Json
from consent.checkpoint import write_checkpoint
from consent.events import Event, entry_body
from consent.keys import Keys
from consent.merkle import Frontier, leaf_hash
from consent.models import LedgerHeadRow, LedgerRow
from consent.vault import CaseKey


def origin_of(archive_id: str) -> str:
    """Name of the log (and of its key) in checkpoints."""
    return f"presente/{archive_id}"


class Sequencer:
    """The right to append, held for one transaction.

    Taking it locks the head row, so on every database there is one writer at a time and what a
    transaction has checked stays true until it commits.
    """

    def __init__(self, session: Session) -> None:
        self._session = session
        self._head = session.execute(select(LedgerHeadRow).with_for_update()).scalar_one()
        peaks = [bytes.fromhex(peak) for peak in json.loads(self._head.peaks)]
        self._frontier = Frontier(self._head.size, peaks)

    def append(
        self,
        event: Event,
        at: datetime,
        *,
        actor: str,
        case_key: CaseKey | None,
        case_id: str | None,
        private: Json,
        data: Mapping[str, Json],
    ) -> int:
        """Add an entry and return its index; the entry exists once the transaction commits.

        `private` is committed to and sealed with the case's key, and needs one.
        """
        index = self._frontier.size
        commitment = opening = None
        if private is not None and case_key is not None:
            commitment = case_key.commit([index, private])
            opening = case_key.seal(private, f"ledger/{index}")
        body = canonical.encode(
            entry_body(index, at, event, actor=actor, case_id=case_id, data=data, commitment=commitment)
        )
        leaf = leaf_hash(body)
        self._session.add(LedgerRow(index=index, body=body.decode(), leaf_hash=leaf.hex(), opening=opening))
        self._frontier.append(leaf)
        return index

    def seal(self, keys: Keys, archive_id: str) -> str:
        """Write the head as it now is and return the signed checkpoint over it."""
        if self._frontier.size != self._head.size:
            self._head.size = self._frontier.size
            self._head.peaks = json.dumps([peak.hex() for peak in self._frontier.peaks])
            self._head.checkpoint = write_checkpoint(
                keys, origin_of(archive_id), self._frontier.size, self._frontier.root
            )
        return self._head.checkpoint
