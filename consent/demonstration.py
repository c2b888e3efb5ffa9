"""The portraits a demonstration may use: historic, in the public domain, shipped by an installed package.

A closed list by digest of the original file, so that calling a case a demonstration is no way around a
family's consent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PORTRAITS: Final[Mapping[str, str]] = {
    "a8ca6d734765703b09728ab47fe59f473d93ae3967fc24c7c0288c3c7adb7130": (
        "US Navy portrait of Grace Hopper (1906-1992); matplotlib's sample data"
    ),
}
