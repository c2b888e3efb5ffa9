"""`presente doctor | demo | ui | render`: the main job."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import asdict
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated

import typer

from consent import gate
from consent.terms import Channel
from portrait import desk, doctor
from portrait.cli import console, session
from portrait.cli.media import VERIFICATION_FAILED, Json
from portrait.cli.session import Actor
from portrait.compose.presets import choose_preset
from portrait.demo import demonstrate
from portrait.errors import MissingPart
from portrait.i18n import _
from portrait.pipeline import Order, check_engine, render
from portrait.reference import choose_reference
from portrait.seal import open_seal
from portrait.settings import Settings
from portrait.speech.choose import choose_voice
from watermark.verify import Verdict


def register(app: typer.Typer) -> None:
    """Add this room's commands to `app`."""
    app.command("doctor", help=_("What is installed, what is missing, what to do."))(examine)
    app.command("demo", help=_("Make and verify a demonstration video, start to end."))(demo)
    app.command("ui", help=_("Open the front desk in a browser."))(open_ui)
    app.command("render", help=_("Make the video a family said yes to."))(make)


def examine(as_json: Json = False) -> None:
    """Print the state of this installation; exit code 2 when something needed is missing."""
    settings = Settings()
    checks = doctor.examine(settings.home, settings.voices)
    if as_json:
        console.say_json([asdict(check) for check in checks])
    else:
        console.say_checks(checks)
    if any(check.state is doctor.State.MISSING for check in checks):
        raise typer.Exit(2)


def demo(
    out: Annotated[Path, typer.Option(help=_("Folder for the video."))] = Path("out"), as_json: Json = False
) -> None:
    """Make the demonstration video and say how it went; exit code 4 if it does not verify."""
    with console.stages(quiet=as_json) as progress:
        made = demonstrate(out, Settings(), progress)
    if as_json:
        console.say_json(made.to_json())
    else:
        console.say_demonstration(made)
    if made.report.verdict is not Verdict.ACTIVE:
        raise typer.Exit(VERIFICATION_FAILED)


def open_ui(port: int = 8501) -> None:
    """Run the front desk until it is stopped."""
    spec = find_spec("ui.app")
    if spec is None or spec.origin is None:
        raise MissingPart(part="ui", command="pip install presente")
    command = [sys.executable, "-m", "streamlit", "run", spec.origin, "--server.port", str(port)]
    raise typer.Exit(subprocess.run(command, check=False).returncode)


def make(
    case: str,
    actor: Actor,
    out: Annotated[Path, typer.Option(help=_("The video to write."))],
    driving: Annotated[Path | None, typer.Option(help=_("Reference video."))] = None,
    template: Annotated[str | None, typer.Option(help=_("Motion template, instead of a video."))] = None,
    engine: Annotated[str, typer.Option(help=_("warp or fomm."))] = "warp",
    form: Annotated[str, typer.Option("--format", help=_("vertical, feed or wide."))] = "vertical",
    channel: Annotated[list[Channel] | None, typer.Option(help=_("Where it will be seen; repeat."))] = None,
    voice: Annotated[str | None, typer.Option(help=_("Voice that narrates."))] = None,
) -> None:
    """Ask the gate and make the video."""
    settings = Settings()
    check_engine(engine)
    preset = choose_preset(form)
    reference = choose_reference(driving=driving, template=template)
    with session.signed_in(actor) as opened:
        material = desk.material_of(opened, case, actor=actor)
        language = material.script.language
        speaker = choose_voice(language, voices_dir=settings.voices, name=voice)
        request = desk.request_for(case, material, reference, channel or [Channel.LOCAL], actor=actor)
        clearance = gate.clear(opened, request)
        closing = desk.closing_card(opened, case, language, actor=actor)
        with console.stages() as progress:
            rendered = render(
                Order(material, reference, preset, closing, out),
                clearance,
                archive=opened,
                seal=open_seal(settings.keys),
                voice=speaker,
                progress=progress,
            )
    console.say_rendered(rendered)
