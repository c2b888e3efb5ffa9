"""Canonical JSON (RFC 8785): one value, one sequence of bytes, so that it can be hashed and signed."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from typing import TypeAlias

Json: TypeAlias = "bool | int | float | str | Sequence[Json] | Mapping[str, Json] | None"

MAX_SAFE_INTEGER = 2**53 - 1  # section 3.2.2.3: integers beyond IEEE 754 doubles travel as strings


def encode(value: Json) -> bytes:
    """Return the RFC 8785 form of `value` as UTF-8.

    Raises ValueError for what has no canonical form: NaN, infinities, integers beyond 2^53 - 1,
    lone surrogates, keys that are not strings, and other types.
    """
    return _serialise(value).encode("utf-8")


def decode(data: bytes) -> Json:
    """Return the value of canonical `data`; raises ValueError unless it is canonical to the byte."""
    value: Json = json.loads(data.decode("utf-8"), parse_int=_read_integer)
    if encode(value) != data:
        raise ValueError("not in canonical form")
    return value


def digest(value: Json) -> str:
    """Return the SHA-256 of the canonical form, in hex."""
    return sha256(encode(value)).hexdigest()


def _serialise(value: Json) -> str:
    match value:
        case None | bool() | str():
            return json.dumps(value, ensure_ascii=False)  # json escapes as section 3.2.2.2 asks
        case int():
            return _integer(value)
        case float():
            return _double(value)
        case Mapping():
            return _object(value)
        case list() | tuple():
            return f"[{','.join(map(_serialise, value))}]"
    raise ValueError(f"{type(value).__name__} has no JSON form")


def _object(members: Mapping[str, Json]) -> str:
    if not all(isinstance(key, str) for key in members):
        raise ValueError("member names must be strings")
    ordered = sorted(members, key=lambda name: name.encode("utf-16-be"))  # section 3.2.3
    return "{" + ",".join(f"{_serialise(name)}:{_serialise(members[name])}" for name in ordered) + "}"


def _integer(value: int) -> str:
    if abs(value) > MAX_SAFE_INTEGER:
        raise ValueError("integer beyond 2^53 - 1")
    return str(value)


def _read_integer(digits: str) -> int | float:
    """Integers beyond the safe range can only have been written as doubles."""
    value = int(digits)
    return value if abs(value) <= MAX_SAFE_INTEGER else float(digits)


def _double(value: float) -> str:
    """ECMAScript Number::toString; Python's repr already finds the shortest digits."""
    if not math.isfinite(value):
        raise ValueError("NaN and infinities have no JSON form")
    if value == 0:
        return "0"
    sign, parts, exponent = Decimal(repr(value)).as_tuple()
    assert isinstance(exponent, int)  # finite, as checked above  # noqa: S101
    digits = "".join(map(str, parts)).rstrip("0")
    point = len(parts) + exponent  # ECMAScript's n: the value is 0.digits * 10^point
    return "-" * sign + _place_point(digits, point)


def _place_point(digits: str, point: int) -> str:
    count = len(digits)
    if count <= point <= 21:
        return digits + "0" * (point - count)
    if 0 < point <= 21:
        return f"{digits[:point]}.{digits[point:]}"
    if -6 < point <= 0:
        return "0." + "0" * -point + digits
    mantissa = digits[0] + (f".{digits[1:]}" if count > 1 else "")
    return f"{mantissa}e{point - 1:+d}"
