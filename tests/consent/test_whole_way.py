"""The exact sequence of calls from an empty folder to a published, then withdrawn, render."""

from __future__ import annotations

from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

import pytest

from consent import accounts, cases, contacts, evidence, facts, gate, records, registry, relatives
from consent.accounts import Role
from consent.archive import open_archive
from consent.cases import ProtectionOrder
from consent.clearance import ClearanceRequest, Person, ScriptText, Stage
from consent.errors import Refused
from consent.evidence import EvidenceKind
from consent.records import Method, State
from consent.registry import PublicStatus
from consent.relatives import Relationship
from consent.terms import Channel, Scope, Terms


def test_from_an_empty_folder_to_a_withdrawn_video(tmp_path: Path, url: str | None) -> None:
    with open_archive(tmp_path / "home", url=url) as archive:
        # People, by handle. Whoever brings something in verifies nothing, so it takes three.
        accounts.create(archive, "coordinacion", Role.COORDINATOR)
        accounts.create(archive, "voluntaria", Role.VOLUNTEER, actor="coordinacion")
        accounts.create(archive, "revisora", Role.VOLUNTEER, actor="coordinacion")
        verifiers = ("coordinacion", "revisora")

        # The case, its facts and its photograph.
        case = cases.open_case(
            archive, actor="voluntaria", disappeared=date(2021, 5, 18), born=date(1990, 1, 1)
        )
        cases.check_protection_order(archive, case.id, ProtectionOrder.NONE, actor="coordinacion")
        for key, value in {"folio": "14120-21-000123", "nombre": "Lucero Ejemplo"}.items():
            facts.add_fact(archive, case.id, key, value, source="Ficha oficial", actor="voluntaria")
            for verifier in verifiers:
                facts.verify_fact(archive, case.id, key, actor=verifier)
        line = contacts.add_line(
            archive,
            "Comisión Nacional de Búsqueda",
            "800 028 7783",
            source="Sitio oficial",
            checked_on=archive.clock().date(),
            actor="voluntaria",
        )
        for verifier in verifiers:
            contacts.verify_line(archive, line.id, actor=verifier)
        photo = evidence.store(
            archive,
            case.id,
            EvidenceKind.PHOTO,
            b"the bytes of the original file",
            media_type="image/jpeg",
            actor="voluntaria",
        )

        # The words, bound by digest.
        script = ScriptText(
            language="es",
            person=Person.THIRD,
            sentences=(
                ("Buscamos a Lucero Ejemplo.", ("nombre",)),
                ("Si tiene información, llame al 800 028 7783.", ("contacto",)),
                ("Gracias por compartir.", ("-",)),
            ),
        )
        motion_sha256 = sha256(b"the motion template or video").hexdigest()
        scopes = frozenset({Scope.HEAD_MOTION, Scope.LIP_MOVEMENT, Scope.NARRATION})
        channels = frozenset({Channel.WHATSAPP, Channel.LOCAL})

        # The family's consent to exactly that.
        proof = evidence.store(
            archive,
            case.id,
            EvidenceKind.RELATIONSHIP,
            b"acta de nacimiento",
            media_type="application/pdf",
            actor="voluntaria",
        )
        mother = relatives.add_relative(
            archive, case.id, "María Ejemplo", Relationship.MOTHER, actor="voluntaria", proof_id=proof.id
        )
        now = archive.clock()
        consent = records.request(
            archive,
            case.id,
            mother.id,
            Terms(
                scopes=scopes,
                channels=channels,
                languages=frozenset({"es"}),
                photo_sha256=photo.sha256,
                script_sha256=script.sha256,
                motion_sha256=motion_sha256,
            ),
            notice_language="es",
            method=Method.IN_PERSON,
            expires_at=now + timedelta(days=365),
            erase_at=now + timedelta(days=730),
            actor="voluntaria",
        )
        records.give(archive, consent.id, actor="voluntaria")
        for verifier in verifiers:
            relatives.verify_relative(archive, case.id, mother.id, actor=verifier)
            records.verify(archive, consent.id, actor=verifier)

        # The gate, the render, the gate again, and out.
        request = ClearanceRequest(
            case_id=case.id,
            photo_sha256=photo.sha256,
            script=script,
            motion_sha256=motion_sha256,
            scopes=scopes,
            channels=channels,
            languages=frozenset({"es"}),
            requested_by="voluntaria",
        )
        assert gate.evaluate(archive, request).reasons == ()
        clearance = gate.clear(archive, request)
        render = registry.open_render(archive, clearance)
        gate.confirm(
            archive,
            clearance,
            render_id=render.render_id,
            photo_sha256=photo.sha256,
            script_sha256=script.sha256,
            motion_sha256=motion_sha256,
            stage=Stage.SIGN,
        )
        published = registry.publish(
            archive,
            render.render_id,
            sha256=sha256(b"the finished file").hexdigest(),
            manifest=b"the signed manifest",
            clearance=clearance,
        )
        assert published.render_id == render.render_id < 2**56
        assert registry.status(archive, render.render_id) is PublicStatus.ACTIVE
        assert registry.manifest(archive, render.render_id) == b"the signed manifest"

        # The family changes its mind.
        assert records.withdraw(archive, consent.id, actor="voluntaria").state is State.WITHDRAWN
        assert registry.status(archive, render.render_id) is PublicStatus.WITHDRAWN
        due = registry.takedowns(archive, actor="coordinacion")
        assert {takedown.channel for takedown in due} == channels
        with pytest.raises(Refused) as refusal:
            gate.clear(archive, request)
        assert {reason.code for reason in refusal.value.reasons} == {"consent-withdrawn"}
