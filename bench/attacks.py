"""What happens to a video on its way through people's phones, as ffmpeg argument lists.

Every attack re-encodes a whole file. Used by `bench/watermark.py` and by the tests of the seal.
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

import imageio_ffmpeg

X264 = ("-c:v", "libx264", "-preset", "medium")
PHONE = ("-c:v", "libx264", "-profile:v", "baseline", "-preset", "fast", "-b:v", "500k", "-maxrate", "600k")
X265 = ("-c:v", "libx265", "-preset", "fast", "-crf", "28", "-x265-params", "log-level=error")
VP9 = ("-c:v", "libvpx-vp9", "-crf", "36", "-b:v", "0", "-deadline", "realtime", "-cpu-used", "6")
AV1 = ("-c:v", "libsvtav1", "-preset", "8", "-crf", "38", "-svtav1-params", "lp=2")
SMALL = "scale='if(lt(iw,ih),360,-2)':'if(lt(iw,ih),-2,360)'"


@dataclass(frozen=True)
class Attack:
    """One re-encoding: `cut` goes before the input, `filters` make one chain, `encode` chooses the codec."""

    name: str
    encode: tuple[str, ...] = (*X264, "-crf", "23")
    filters: tuple[str, ...] = ()
    cut: tuple[str, ...] = ()
    suffix: str = ".mp4"
    then: tuple[str, ...] = ()  # encoder arguments of a second generation at the first's size


def crop(share: float) -> str:
    """Take `share` of both sides away, more from the right and the bottom."""
    return f"crop=trunc(iw*{1 - share}/2)*2:trunc(ih*{1 - share}/2)*2:iw*{share * 0.35}:ih*{share * 0.6}"


def crf(value: int) -> tuple[str, ...]:
    return (*X264, "-crf", str(value))


PROMISED = (
    Attack("x264 CRF 28", crf(28)),
    Attack("360p CRF 28", crf(28), (SMALL,)),
    Attack("10 % crop", crf(23), (crop(0.1),)),
    Attack("3 s cut, CRF 28", crf(28), cut=("-ss", "2.5", "-t", "3")),
)
"""What the mark is promised to survive."""

FURTHER = (
    Attack("x264 CRF 33", crf(33)),
    Attack("x264 CRF 38", crf(38)),
    Attack("360p 500 kbit/s baseline", PHONE, (SMALL,)),
    Attack("360p 500 kbit/s baseline, 10 % crop", PHONE, (crop(0.1), SMALL)),
    Attack("CRF 38, 10 % crop", crf(38), (crop(0.1),)),
    Attack("20 % crop", crf(23), (crop(0.2),)),
    Attack("15 frames/s, CRF 28", (*crf(28), "-r", "15")),
    Attack("mirrored", crf(23), ("hflip",)),
    Attack("quarter turn", crf(23), ("transpose=1",)),
    Attack("letterbox 16:9", crf(23), ("pad='max(iw,ceil(ih*16/9/2)*2)':ih:-1:-1",)),
    Attack("H.265 CRF 28", X265),
    Attack("VP9 CRF 36", VP9, suffix=".webm"),
    Attack("AV1 CRF 38", AV1),
    Attack("brightness +20 %", crf(23), (r"lutyuv=y=clip(val*1.2\,16\,235)",)),
    Attack("brightness -20 %", crf(23), (r"lutyuv=y=clip(val*0.8\,16\,235)",)),
    Attack("contrast -20 %", crf(23), ("eq=contrast=0.8",)),
    Attack("rotation 2°", crf(23), ("rotate=2*PI/180",)),
    Attack("rotation 5°", crf(23), ("rotate=5*PI/180",)),
    Attack("aspect 5 %", crf(23), ("scale=trunc(iw*1.05/2)*2:ih",)),
    Attack(
        "screen recording",
        crf(30),
        ("scale=trunc(iw*0.9/2)*2:trunc(ih*0.9/2)*2", "eq=gamma=1.12", "noise=alls=6:allf=t"),
    ),
    Attack("two generations", crf(29), ("scale=trunc(iw/3)*2:trunc(ih/3)*2",), then=crf(28)),
)


def run(attack: Attack, source: Path, folder: Path) -> Path:
    """Apply `attack` to `source` and return the new file in `folder`."""
    result = folder / f"attacked{attack.suffix}"
    _encode(attack, source, result, attack.encode)
    if attack.then:
        first, result = result, folder / f"again{attack.suffix}"
        _encode(Attack(attack.name), first, result, attack.then)
    return result


def _encode(attack: Attack, source: Path, result: Path, encode: tuple[str, ...]) -> None:
    filters = ("-vf", ",".join(attack.filters)) if attack.filters else ()
    subprocess.run(
        [
            *(imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *attack.cut, "-i", str(source), "-an"),
            *(*filters, *encode, "-pix_fmt", "yuv420p", str(result)),
        ],
        check=True,
    )
