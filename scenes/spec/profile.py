"""How much of a report a profile carries out: the tables below [profile] in a report.toml."""

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from scenes.spec.seeds import FEWEST, Seeds, ValueSeeds, expand_seeds, seed_mistakes
from scenes.spec.settings import Frozen
from scenes.spec.study import MOST
from scenes.spec.validation import MistakesError


class Amount(Frozen):
    """How much of a study is carried out, and with which other settings."""

    epochs: float | None = Field(None, gt=0, le=1)
    """Share of each trial's epochs that is trained."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Settings that the profile changes, such as `train_per_class`."""


class StudyProfile(Amount):
    """What a profile changes in one study."""

    seeds: Seeds | None = None
    """In place of the study's seeds."""
    value_seeds: ValueSeeds = Field(default_factory=dict, max_length=MOST)
    """Seeds of single values, by key."""


class Profile(Amount):
    """Less (or more) of every study: for a first look, or for the final figures."""

    seeds: Seeds | None = None
    """In place of the report's seeds."""
    max_seeds: int | None = Field(None, ge=FEWEST, le=MOST)
    """In place of the report's `max_seeds`."""
    missing_weights: Literal["stop", "random"] = "stop"
    """What to do where a backbone's ImageNet weights can neither be found nor downloaded."""
    study: dict[str, StudyProfile] = Field(default_factory=dict)
    """What the profile changes in one study, by its name."""

    _expand_seeds = model_validator(mode="before")(expand_seeds)

    @model_validator(mode="after")
    def _fitting_seeds(self) -> Self:
        if mistakes := [*seed_mistakes(self.seeds, self.max_seeds)]:
            raise MistakesError(mistakes)
        return self
