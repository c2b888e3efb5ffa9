"""The words of the printed receipt, in the languages a notice can have.

They are kept here and not in the catalogues of the program: a receipt is written in the language of the
notice that the person was shown, whatever language the program speaks to whoever prints it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from consent.phrases import MONTHS

_SPANISH_MONTHS = tuple(name for name in MONTHS.split("|")[:13] if name != "setiembre")
_ENGLISH_MONTHS = tuple(name.capitalize() for name in MONTHS.split("|")[13:])


@dataclass(frozen=True, slots=True)
class Words:
    """Every word of a receipt in one language. date: a pattern of day, month's name and year."""

    title: str
    keep_it: str
    who: str
    grantor: str
    relationship: str
    relationships: Mapping[str, str]
    acts_as: str
    capacities: Mapping[str, str]
    answered: str
    methods: Mapping[str, str]
    collected_by: str
    verified_by: str
    nobody_yet: str
    viewers: str
    child: str
    opinions: Mapping[str | None, str]
    allowed: str
    scopes: Mapping[str, str]
    where: str
    channels: str
    channel: Mapping[str, str]
    languages: str
    language: Mapping[str, str]
    territory: str
    world: Mapping[str, str]
    until_when: str
    valid_until: str
    erased_by: str
    how_to_withdraw: str
    steps: str
    states: Mapping[str, str]
    bound_to: str
    photo: str
    script: str
    motion: str
    notice: str
    date: str
    months: tuple[str, ...]

    def day(self, moment: datetime) -> str:
        """A day (UTC) as people write it."""
        return self.date.format(day=moment.day, month=self.months[moment.month - 1], year=moment.year)


_BRANDS = {
    "whatsapp": "WhatsApp",
    "facebook": "Facebook",
    "instagram": "Instagram",
    "tiktok": "TikTok",
    "x": "X",
    "youtube": "YouTube",
}

WORDS: Mapping[str, Words] = {
    "es": Words(
        title="Recibo de su permiso",
        keep_it="Guarde esta hoja. Dice a qué dio usted su permiso, hasta cuándo, y cómo retirarlo.",
        who="Quién",
        grantor="Lo da",
        relationship="Parentesco",
        relationships={
            "self": "La propia persona",
            "mother": "Madre",
            "father": "Padre",
            "child": "Hija o hijo",
            "spouse": "Cónyuge o pareja",
            "sibling": "Hermana o hermano",
            "grandparent": "Abuela o abuelo",
            "guardian": "Tutora o tutor",
            "legal-representative": "Representante legal",
            "other": "Otra relación",
            "public-domain": "Retrato histórico de dominio público",
        },
        acts_as="Decide como",
        capacities={
            "principal": "La persona misma",
            "relative": "Familiar",
            "guardian": "Quien tiene la tutela",
            "legal-representative": "Representante legal",
        },
        answered="Respondió",
        methods={
            "in-person": "En persona",
            "own-phone": "En su propio teléfono",
            "paper": "En papel",
            "recorded-voice": "De viva voz, grabada",
        },
        collected_by="Lo recibió",
        verified_by="Lo verificaron",
        nobody_yet="Todavía nadie",
        viewers="Mira por usted",
        child="La niña o el niño",
        opinions={
            "agrees": "Está de acuerdo",
            "disagrees": "No está de acuerdo",
            "not-possible": "No fue posible preguntarle",
            None: "Todavía no se ha preguntado",
        },
        allowed="Lo que permite",
        scopes={
            "still_poster": "Que la fotografía aparezca en un cartel",
            "head_motion": "Que el rostro se mueva",
            "lip_movement": "Que los labios se muevan",
            "first_person": "Que el texto hable en primera persona",
            "narration": "Que hable un narrador",
            "allegations": "Que se diga lo que se denunció",
            "projection": "Que se proyecte en lugares públicos",
            "press": "Que se entregue a la prensa",
            "public_verify": "Que haya una página pública para comprobarlo",
        },
        where="Dónde puede verse",
        channels="Medios",
        channel={
            **_BRANDS,
            "projection": "Proyección en la calle",
            "press": "Prensa",
            "local": "Solo en la computadora del equipo",
        },
        languages="Idiomas",
        language={"es": "Español", "en": "Inglés"},
        territory="Lugares",
        world={"world": "Todo el mundo"},
        until_when="Hasta cuándo",
        valid_until="El permiso vence",
        erased_by="Se borra a más tardar",
        how_to_withdraw="Cómo retirarlo",
        steps="Lo que ha pasado",
        states={
            "Unknown": "Registrado",
            "Requested": "Se le preguntó",
            "Deferred": "Prefirió responder después",
            "Given": "Dio su permiso",
            "RenewedGiven": "Renovó su permiso",
            "Refused": "Dijo que no",
            "Withdrawn": "Retiró su permiso",
            "Expired": "El permiso venció",
            "Terminated": "El permiso terminó",
            "Invalidated": "El registro quedó sin efecto",
        },
        bound_to="Su permiso vale solo para esta fotografía, estas palabras y este movimiento",
        photo="Fotografía",
        script="Palabras",
        motion="Movimiento",
        notice="Aviso, versión",
        date="{day} de {month} de {year}",
        months=_SPANISH_MONTHS,
    ),
    "en": Words(
        title="Receipt of your permission",
        keep_it="Keep this sheet. It says what you allowed, until when, and how to take it back.",
        who="Who",
        grantor="Given by",
        relationship="Relationship",
        relationships={
            "self": "The person themself",
            "mother": "Mother",
            "father": "Father",
            "child": "Daughter or son",
            "spouse": "Spouse or partner",
            "sibling": "Sister or brother",
            "grandparent": "Grandparent",
            "guardian": "Guardian",
            "legal-representative": "Legal representative",
            "other": "Another relationship",
            "public-domain": "Historic portrait in the public domain",
        },
        acts_as="Decides as",
        capacities={
            "principal": "The person themself",
            "relative": "A relative",
            "guardian": "Guardian",
            "legal-representative": "Legal representative",
        },
        answered="Answered",
        methods={
            "in-person": "In person",
            "own-phone": "On their own telephone",
            "paper": "On paper",
            "recorded-voice": "Aloud, recorded",
        },
        collected_by="Taken down by",
        verified_by="Verified by",
        nobody_yet="Nobody yet",
        viewers="Looks in your place",
        child="The child",
        opinions={
            "agrees": "Agrees",
            "disagrees": "Does not agree",
            "not-possible": "Could not be asked",
            None: "Has not been asked yet",
        },
        allowed="What you allow",
        scopes={
            "still_poster": "The photograph on a poster",
            "head_motion": "The face to move",
            "lip_movement": "The lips to move",
            "first_person": "The text to speak in the first person",
            "narration": "A narrator to speak",
            "allegations": "To say what was reported",
            "projection": "To project it in public places",
            "press": "To give it to the press",
            "public_verify": "A public page where it can be checked",
        },
        where="Where it may be seen",
        channels="Channels",
        channel={
            **_BRANDS,
            "projection": "Projection in the street",
            "press": "Press",
            "local": "Only on the team's computer",
        },
        languages="Languages",
        language={"es": "Spanish", "en": "English"},
        territory="Places",
        world={"world": "The whole world"},
        until_when="Until when",
        valid_until="The permission ends",
        erased_by="Erased at the latest",
        how_to_withdraw="How to take it back",
        steps="What has happened",
        states={
            "Unknown": "Recorded",
            "Requested": "You were asked",
            "Deferred": "You chose to answer later",
            "Given": "You gave your permission",
            "RenewedGiven": "You renewed your permission",
            "Refused": "You said no",
            "Withdrawn": "You took your permission back",
            "Expired": "The permission ran out",
            "Terminated": "The permission ended",
            "Invalidated": "The record was set aside",
        },
        bound_to="Your permission is for this photograph, these words and this motion alone",
        photo="Photograph",
        script="Words",
        motion="Motion",
        notice="Notice, version",
        date="{day} {month} {year}",
        months=_ENGLISH_MONTHS,
    ),
}
