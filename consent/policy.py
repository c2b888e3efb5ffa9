"""Policies as objects: a rule finds reasons against, and policies are made of rules.

    AllOf(rule, rule, ...)     every reason of every part, so that a person sees all of them at once
    AnyOf(rule, rule, ...)     satisfied by one part; otherwise the reasons of the part nearest to it

A policy looks at a subject of type S and changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

from consent.reasons import Reason

S = TypeVar("S")
S_contra = TypeVar("S_contra", contravariant=True)


class Policy(Protocol[S_contra]):
    """Anything that can say what speaks against a subject."""

    def reasons(self, subject: S_contra) -> tuple[Reason, ...]:
        """Every reason against; none means yes."""


@dataclass(frozen=True, slots=True)
class Rule(Generic[S]):
    """One named rule."""

    name: str
    find: Callable[[S], Iterable[Reason]]

    def reasons(self, subject: S) -> tuple[Reason, ...]:
        """Every reason this rule finds."""
        return tuple(self.find(subject))


class AllOf(Generic[S]):
    """Every part must agree."""

    def __init__(self, *parts: Policy[S]) -> None:
        self.parts = parts

    def reasons(self, subject: S) -> tuple[Reason, ...]:
        """The reasons of all parts, in order."""
        return tuple(reason for part in self.parts for reason in part.reasons(subject))


class AnyOf(Generic[S]):
    """One part is enough."""

    def __init__(self, *parts: Policy[S]) -> None:
        if not parts:
            raise ValueError("an empty choice would never be satisfied")
        self.parts = parts

    def reasons(self, subject: S) -> tuple[Reason, ...]:
        """None when a part agrees; otherwise those of the part with the fewest."""
        return min((part.reasons(subject) for part in self.parts), key=len)


@dataclass(frozen=True, slots=True)
class Decision:
    """What the guard says. consent_id: the record that carries a yes."""

    reasons: tuple[Reason, ...]
    consent_id: str | None = None

    @property
    def allowed(self) -> bool:
        """Whether nothing speaks against."""
        return not self.reasons
