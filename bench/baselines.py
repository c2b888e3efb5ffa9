"""Watermarks of others that install offline: invisible-watermark and blind-watermark (bench extra)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import blind_watermark
import cv2
import numpy as np
from imwatermark import WatermarkDecoder, WatermarkEncoder
from numpy.typing import NDArray

blind_watermark.bw_notes.close()  # it advertises itself on stdout

Picture = NDArray[np.uint8]  # (H, W, 3) BGR
Bits = NDArray[np.uint8]


@dataclass(frozen=True)
class Baseline:
    """Somebody else's method: `embed(picture, bits)`, `read(picture, count)`, and the bits it carries."""

    name: str
    bits: int
    embed: Callable[[Picture, Bits], Picture]
    read: Callable[[Picture, int], Bits]


def _invisible(method: str, bits: int) -> Baseline:
    encoder, decoder = WatermarkEncoder(), WatermarkDecoder("bits", bits)
    if method == "rivaGan":
        encoder.loadModel()
        decoder.loadModel()

    def embed(picture: Picture, payload: Bits) -> Picture:
        encoder.set_watermark("bits", payload.tolist())
        return np.asarray(encoder.encode(picture, method), np.uint8)

    def read(picture: Picture, count: int) -> Bits:
        return np.asarray(decoder.decode(picture, method), np.uint8)[:count]

    return Baseline(f"invisible-watermark {method}", bits, embed, read)


def _blind(bits: int) -> Baseline:
    def embed(picture: Picture, payload: Bits) -> Picture:
        mark = blind_watermark.WaterMark(password_img=1, password_wm=1)
        mark.read_img(img=picture)
        mark.read_wm([bool(bit) for bit in payload], mode="bit")
        return np.clip(np.rint(mark.embed()), 0, 255).astype(np.uint8)

    def read(picture: Picture, count: int) -> Bits:
        mark = blind_watermark.WaterMark(password_img=1, password_wm=1)
        found = mark.extract(embed_img=picture, wm_shape=count, mode="bit")
        return (np.asarray(found) > 0.5).astype(np.uint8)

    return Baseline("blind-watermark", bits, embed, read)


def baselines(*, bits: int) -> list[Baseline]:
    """Every method that carries `bits`, and rivaGan, whose network carries 32."""
    return [
        _invisible("dwtDct", bits),
        _invisible("dwtDctSvd", bits),
        _blind(bits),
        _invisible("rivaGan", 32),
    ]


def to_bgr(frame: NDArray[np.uint8]) -> Picture:
    return cv2.cvtColor(frame, cv2.COLOR_YUV2BGR_I420)


def to_i420(picture: Picture) -> NDArray[np.uint8]:
    return cv2.cvtColor(picture, cv2.COLOR_BGR2YUV_I420)
