"""From a cleared case to the signed file: seconds against the video's own length, and memory against length.

    python -m bench.pipeline                 videos of about 20 s and 80 s, each in a process of its own
    python -m bench.pipeline --one 20 DIR    one of them, as the parent runs it

Promised: at most 2.5 times the duration at 720x1280, narration included; at most 1.8 GB resident, and
the same (within 10 %) for 20 s and 80 s. The encoder is a child process; with it the sum is listed apart.
Narration's memory follows the two longest sentences, which are spoken side by side, so all sentences
here are about equally long.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

from bench.machine import report
from consent import evidence, gate
from consent.archive import open_archive
from consent.evidence import EvidenceKind
from consent.terms import Channel
from portrait import demo
from portrait.check import check
from portrait.compose.closing import ClosingCard
from portrait.compose.presets import PRESETS
from portrait.desk import material_of, request_for
from portrait.pipeline import Order, render
from portrait.reference import choose_reference
from portrait.seal import open_seal
from portrait.settings import Settings
from portrait.speech.choose import choose_voice

LENGTHS = (20, 80)
CLOSING = 4.0
SENTENCES = (
    "Esta es una prueba de la longitud de un video y de la memoria que ocupa.[^-]",
    "El retrato es histórico y de dominio público, y nadie ha desaparecido en él.[^-]",
    "La voz es sintética y la boca sigue cada uno de los sonidos de la narración.[^-]",
)
SECONDS_A_SENTENCE = 5.1  # of the default voice, its pause included


class Memory(threading.Thread):
    """Looks five times a second at the resident memory of this process, and with its children's, in GiB.

    Not getrusage: a child's figure there includes what its parent held when it was forked.
    """

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.own = self.all = 0.0
        self._done = threading.Event()

    def __enter__(self) -> Memory:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._done.set()
        self.join()

    def run(self) -> None:
        this = psutil.Process()
        while not self._done.wait(0.2):
            own, children = this.memory_info().rss, 0
            for child in this.children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    children += child.memory_info().rss
            self.own = max(self.own, own / 2**30)
            self.all = max(self.all, (own + children) / 2**30)


def make(seconds: float, folder: Path) -> dict[str, Any]:
    """Render one video of about `seconds` and say what it took."""
    count = max(1, round((seconds - CLOSING) / SECONDS_A_SENTENCE))
    lines = [SENTENCES[number % len(SENTENCES)] for number in range(count)]
    script = "idioma: es\npersona: tercera\n\n" + "\n".join(lines)
    settings = Settings()
    with open_archive(folder / "archive") as archive:
        case_id = demo.open_case(archive, "es")
        evidence.store(
            archive,
            case_id,
            EvidenceKind.SCRIPT,
            script.encode(),
            media_type="text/markdown",
            actor=demo.VOLUNTEER,
        )
        material = material_of(archive, case_id, actor=demo.VOLUNTEER)
        reference = choose_reference()
        demo.give_consent(archive, case_id, material, reference)
        request = request_for(case_id, material, reference, [Channel.LOCAL], actor=demo.VOLUNTEER)
        clearance = gate.clear(archive, request)
        seal = open_seal(folder / "archive" / "keys")
        closing = ClosingCard(language=material.script.language, collective="Presente", seconds=CLOSING)
        order = Order(material, reference, PRESETS["vertical"], closing, folder / f"{seconds:.0f}.mp4")
        with Memory() as memory:
            start = time.perf_counter()
            rendered = render(
                order,
                clearance,
                archive=archive,
                seal=seal,
                voice=choose_voice(material.script.language, voices_dir=settings.voices),
                progress=lambda stage, fraction: None,
            )
            wall = time.perf_counter() - start
        verdict = check(rendered.path, archive=archive, seal=seal).verdict
    return {
        "duration_seconds": round(rendered.duration, 1),
        "wall_seconds": round(wall, 1),
        "wall_per_second": round(wall / rendered.duration, 2),
        "stages_seconds": {name: round(spent, 1) for name, spent in rendered.seconds.items()},
        "peak_resident_gib": round(memory.own, 2),
        "peak_resident_with_children_gib": round(memory.all, 2),
        "verdict": verdict.value,
        "notes": list(rendered.notes),
    }


def main() -> None:
    if "--one" in sys.argv:
        seconds, folder = sys.argv[-2:]
        print(json.dumps(make(float(seconds), Path(folder))))
        return
    results: dict[str, Any] = {"preset": "vertical 720x1280, 25 frames/s", "promise_wall_per_second": 2.5}
    with tempfile.TemporaryDirectory() as folder:
        for seconds in LENGTHS:
            home = Path(folder, str(seconds))
            home.mkdir()
            command = [sys.executable, "-m", "bench.pipeline", "--one", str(seconds), str(home)]
            ran = subprocess.run(command, check=True, capture_output=True, text=True)
            results[f"about_{seconds}_s"] = json.loads(ran.stdout.splitlines()[-1])
    short, long = (results[f"about_{seconds}_s"]["peak_resident_gib"] for seconds in LENGTHS)
    results["memory_ratio_80_to_20"] = round(long / short, 3)
    report("pipeline", results, "torch", "mediapipe", "onnxruntime", "opencv-contrib-python")


if __name__ == "__main__":
    main()
