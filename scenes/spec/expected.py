"""What a report expects its networks to count: `[expected.NAME]` of a report.toml.

The tests of a report build each network and compare; a report prints only what its records prove.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Self

from pydantic import Field, ValidationError, model_validator

from scenes.spec import registry
from scenes.spec.entries import STATED_CLASSES, STATED_SIZE
from scenes.spec.settings import Frozen, Settings
from scenes.spec.validation import Mistake, find_mistakes, guess

COUNTS = ("trainable", "frozen", "total", "operations")


class Counts(Frozen):
    """What a network counts, at some settings."""

    model: str | None = None
    """A model or a backbone; None for the name of the table."""
    image_size: int = Field(STATED_SIZE, ge=8, le=1024)
    classes: int = Field(STATED_CLASSES, ge=2)
    settings: dict[str, Any] = Field(default_factory=dict)
    """Those that the model takes; the others have their defaults."""
    trainable: int | None = Field(None, ge=0)
    frozen: int | None = Field(None, ge=0)
    total: int | None = Field(None, ge=0)
    operations: int | None = Field(None, ge=0)
    """Multiply-accumulates, for one picture."""

    @model_validator(mode="after")
    def _any(self) -> Self:
        if not self.counts:
            raise ValueError(f"nothing is expected: state {', '.join(COUNTS)}, or some of them")
        return self

    @property
    def counts(self) -> dict[str, int]:
        """What is expected, by name."""
        found = {name: getattr(self, name) for name in COUNTS}
        return {name: count for name, count in found.items() if count is not None}

    def settings_of(self, name: str) -> Settings:
        """Return the settings of the network, where its table has this name.

        Raises:
            ValidationError: They do not fit the model, or there is no such model.
        """
        chosen = registry.models_by_name().get(self.model or name, {"model": self.model or name})
        return Settings.model_validate({**chosen, **self.settings, "image_size": self.image_size})


def expected_mistakes(expected: Mapping[str, Counts]) -> Iterator[Mistake]:
    """Yield what is wrong with the networks that are named."""
    known = registry.models_by_name()
    for name, counts in expected.items():
        model = counts.model or name
        if model not in known:
            near, choices = guess(model, known), ", ".join(known)
            text = f"there is no model or backbone {model!r}{near}; choices: {choices}"
            yield Mistake(("expected", name), text)
            continue
        try:
            settings = counts.settings_of(name)
        except ValidationError as error:
            for mistake in find_mistakes(error, Settings):
                yield Mistake(("expected", name, *mistake.place), mistake.text)
            continue
        taken = settings.entry.parameters
        for setting in counts.settings:
            if setting not in taken:
                text = f"{model} does not take {setting!r}; it takes {', '.join(taken)}"
                yield Mistake(("expected", name, "settings", setting), text)
