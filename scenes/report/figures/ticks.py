"""How the axes of a figure print their numbers: a language in, a formatter of matplotlib out."""

import math

from matplotlib.ticker import FuncFormatter

from scenes.report.language.locale import Words


def percent_ticks(words: Words) -> FuncFormatter:
    """Return how an axis of shares prints them: as whole percent."""
    return FuncFormatter(lambda value, _: words.percent(value, 0))


def number_ticks(words: Words) -> FuncFormatter:
    """Return how an axis prints plain numbers: with the decimals they have, at most three."""

    def text(value: float, _: int | None = None) -> str:
        exact = (d for d in range(3) if math.isclose(value, round(value, d), abs_tol=1e-9))
        return words.decimal(value, next(exact, 3))

    return FuncFormatter(text)


def point_ticks(words: Words) -> FuncFormatter:
    """Return how an axis of differences between shares prints them: in points."""
    plain = number_ticks(words)
    return FuncFormatter(lambda value, place: plain(100 * value, place))
