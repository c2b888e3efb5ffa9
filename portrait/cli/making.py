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
from portrait import doctor
from portrait.cli import console, session
from portrait.cli.media import VERIFICATION_FAILED, Json
from portrait.cli.session import Actor
from portrait.errors import N_, MissingPart, UnknownName
from portrait.i18n import _
from portrait.settings import Settings

FRAME_RATES = (25, 30)


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
    from portrait.demo import demonstrate  # noqa: PLC0415 - the studio takes seconds to load
    from watermark.verify import Verdict  # noqa: PLC0415

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
    if find_spec("ui") is None:
        raise MissingPart(part="ui", command="pip install presente")
    address = f"http://127.0.0.1:{port}"
    console.say(_("The front desk opens at {address}. Stop it with Ctrl-C."), address=address)
    command = [sys.executable, "-m", "ui.launch", str(port)]
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
    fps: Annotated[int, typer.Option(help=_("Frames a second: 25 or 30."))] = 25,
) -> None:
    """Ask the gate and make the video."""
    from portrait import desk  # noqa: PLC0415 - the studio takes seconds to load
    from portrait.compose.presets import choose_preset  # noqa: PLC0415
    from portrait.pipeline import Order, check_engine, check_target, render  # noqa: PLC0415
    from portrait.reference import choose_reference  # noqa: PLC0415
    from portrait.seal import open_seal  # noqa: PLC0415
    from portrait.speech.choose import choose_voice  # noqa: PLC0415

    settings = Settings()
    check_engine(engine)
    if fps not in FRAME_RATES:
        raise UnknownName(kind=N_("frame rate"), name=str(fps), choices=", ".join(map(str, FRAME_RATES)))
    preset = choose_preset(form)
    reference = choose_reference(driving=driving, template=template, own_templates=settings.templates)
    check_target(out, reference)
    with session.signed_in(actor) as opened:
        material = desk.material_of(opened, case, actor=actor)
        language = material.script.language
        speaker = choose_voice(language, voices_dir=settings.voices, name=voice)
        request = desk.request_for(case, material, reference, channel or [Channel.LOCAL], actor=actor)
        clearance = gate.clear(opened, request)
        closing = desk.closing_card(opened, case, language, actor=actor)
        with console.stages() as progress:
            rendered = render(
                Order(material, reference, preset, closing, out, fps),
                clearance,
                archive=opened,
                seal=open_seal(settings.keys),
                voice=speaker,
                progress=progress,
            )
    console.say_rendered(rendered)
