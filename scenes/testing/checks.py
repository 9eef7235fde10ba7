"""What a check is: a fact about a component in words, and the function that tries to refute it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

Case = TypeVar("Case")


class Refuted(AssertionError):  # noqa: N818  # it says that a fact does not hold
    """A fact does not hold; the message says what came instead."""


@dataclass(frozen=True)
class Check(Generic[Case]):
    """A fact that holds of every component of a kind.

    Attributes:
        fact: What is held, in words; it is the name of the test.
        attempt: Raises `Refuted` where it does not hold.
    """

    fact: str
    attempt: Callable[[Case], None]


@dataclass
class Suite(Generic[Case]):
    """The checks of one kind of component, in the order in which they run."""

    checks: list[Check[Case]] = field(default_factory=list)

    def holds(self, fact: str) -> Callable[[Callable[[Case], None]], Callable[[Case], None]]:
        """Enter a function as the check of a fact."""

        def enter(attempt: Callable[[Case], None]) -> Callable[[Case], None]:
            self.checks.append(Check(fact, attempt))
            return attempt

        return enter


def require(condition: object, words: str) -> None:
    """Refute a fact unless a condition holds."""
    if not condition:
        raise Refuted(words)
