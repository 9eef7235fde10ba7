"""Seeds as a report.toml gives them: a list, or as many as a study takes to be decided."""

from collections.abc import Iterator, Sequence
from typing import Annotated, Any

from pydantic import AfterValidator, Field, StringConstraints

from scenes.spec.validation import Mistake, MistakesError

UNTIL_DECIDED = "until decided"
FEWEST, MOST = 2, 100
"""With one seed nothing can be decided."""

Seed = Annotated[int, Field(strict=True, ge=0, lt=2**32)]
"""What NumPy and Keras both take."""


def _distinct(seeds: tuple[int, ...]) -> tuple[int, ...]:
    if len(set(seeds)) < len(seeds):
        raise ValueError(f"seeds repeat: {', '.join(map(str, seeds))}")
    return seeds


Seeds = Annotated[tuple[Seed, ...], Field(min_length=1, max_length=MOST), AfterValidator(_distinct)]
"""The seeds with which a value is trained, one run each."""
ValueSeeds = dict[Annotated[str, StringConstraints(max_length=60)], Seeds]
"""Seeds of single values of a study by their keys, such as fewer for what is costly."""


def expand_seeds(data: Any) -> Any:
    """Turn `seeds = "until decided"` into the seeds that may be trained at most.

    Raises:
        MistakesError: Nothing says how many that is.
    """
    if not isinstance(data, dict) or not isinstance(data.get("seeds"), str):
        return data
    if data["seeds"] != UNTIL_DECIDED:
        text = f"must be a list of seeds or {UNTIL_DECIDED!r}, got {data['seeds']!r}"
        raise MistakesError([Mistake(("seeds",), text)])
    most = data.get("max_seeds")
    if most is None:
        text = f"seeds = {UNTIL_DECIDED!r} needs max_seeds as well, such as max_seeds = 12"
        raise MistakesError([Mistake(("seeds",), text)])
    # What is no such number is refused as a value of max_seeds.
    fits = isinstance(most, int) and most in range(FEWEST, 1001)
    return {**data, "seeds": tuple(range(most)) if fits else (0,)}


def seed_mistakes(seeds: Sequence[int] | None, most: int | None) -> Iterator[Mistake]:
    """Yield what is wrong with seeds once they are expanded."""
    if most is not None and (seeds is None or tuple(seeds) != tuple(range(most))):
        text = f"goes with seeds = {UNTIL_DECIDED!r}; listed seeds are all trained"
        yield Mistake(("max_seeds",), text)
