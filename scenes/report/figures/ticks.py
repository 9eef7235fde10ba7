"""How the axes of a figure print their numbers: a language in, a formatter of matplotlib out."""

import math
from collections.abc import Callable, Sequence

from matplotlib.ticker import Formatter

from scenes.report.language.locale import Words

MOST_DIGITS = 6


class DistinctTicks(Formatter):
    """Prints the ticks of an axis with as few decimals as keep all of them apart.

    Args:
        text: Prints a value with a number of decimals.
        fewest: Decimals of a value that is printed with as few as it has; None where that is no
            matter, as with percent.
    """

    def __init__(
        self,
        text: Callable[[float, int], str],
        *,
        fewest: Callable[[float], int] | None = None,
    ) -> None:
        self._text, self._fewest, self._apart = text, fewest, 0

    def format_ticks(self, values: Sequence[float]) -> list[str]:
        """Return how the ticks of an axis are printed."""
        self._apart = _apart(values, self._text)
        return [self(value) for value in values]

    def __call__(self, value: float, pos: int | None = None) -> str:
        """Return how a tick is printed."""
        digits = self._fewest(value) if self._fewest else 0
        return self._text(value, max(digits, self._apart))


def _apart(values: Sequence[float], text: Callable[[float, int], str]) -> int:
    """Return with how few decimals no two values are printed alike."""
    different = [*dict.fromkeys(float(value) for value in values)]
    for digits in range(MOST_DIGITS):
        if len({text(value, digits) for value in different}) == len(different):
            return digits
    return MOST_DIGITS


def percent_ticks(words: Words) -> Formatter:
    """Return how an axis of shares prints them: as percent, whole where that tells them apart."""
    return DistinctTicks(words.percent)


def number_ticks(words: Words) -> Formatter:
    """Return how an axis prints plain numbers: with the decimals they have, at most three."""
    return DistinctTicks(words.decimal, fewest=_decimals)


def _decimals(value: float) -> int:
    """Return how many decimals a value has, at most three."""
    exact = (d for d in range(3) if math.isclose(value, round(value, d), abs_tol=1e-9))
    return next(exact, 3)
