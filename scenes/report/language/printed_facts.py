"""How facts and settings are written in a language: one way for body, tables, captions and alt."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from markupsafe import Markup

from scenes.claims.facts import Fact
from scenes.plan.plan import StudyPlan, Trial
from scenes.report.language.fact_trace import SHORT_ID, Printed, mark_fact
from scenes.report.language.locale import MISSING, Told, Words
from scenes.spec.entries import Label
from scenes.spec.registry import current, find_model
from scenes.spec.settings import Settings
from scenes.spec.text import Language, Text, said_in, text_in

WRITTEN = {
    "relu": "ReLU", "leaky_relu": "leaky ReLU", "elu": "ELU", "selu": "SELU", "gelu": "GELU",
    "silu": "SiLU",
}  # fmt: skip
"""How people write activations."""


@dataclass(frozen=True)
class Source:
    """What a fact is called in a language.

    Attributes:
        group: The section that it belongs to.
        part: Of what in that section, such as a value of a study.
        what: What is measured.
    """

    group: str
    part: str
    what: str


@dataclass(frozen=True)
class PrintedFact:
    """A fact in a language: text where only text can go, else markup that tells its source.

    Attributes:
        fact: The number.
        words: The language.
        source: What it is called; its bare name where nothing is said.
        bare: Whether percent and points leave their unit to the head of a table's column.
        short: Whether the spread is left out.
    """

    fact: Fact
    words: Words
    source: Source | None = None
    bare: bool = False
    short: bool = False

    @property
    def value(self) -> float:
        """The number itself."""
        return self.fact.value

    @property
    def n(self) -> int:
        """How many runs it is the mean of."""
        return self.fact.n

    @property
    def spread(self) -> float | None:
        """Sample standard deviation over the runs."""
        return self.fact.spread

    @property
    def mean(self) -> "PrintedFact":
        """The same fact without its spread."""
        return replace(self, short=True)

    @property
    def cell(self) -> "PrintedFact":
        """The same fact without its unit."""
        return replace(self, bare=True)

    @property
    def whole(self) -> "PrintedFact":
        """The same fact with all that belongs to it."""
        return replace(self, bare=False, short=False)

    def __str__(self) -> str:
        # Templates join texts before they print them; the source must not be lost on the way.
        return Told(self._text, self.__html__())

    def __html__(self) -> Markup:
        return mark_fact(self._printed, self._text)

    @cached_property
    def _text(self) -> str:
        text = self._digits(self.fact.value)
        if self._shows_spread:
            # One unit for both: 31.2 ± 2.9%.
            spread = self._digits(self.fact.spread or 0.0)
            text += f"\N{NO-BREAK SPACE}±\N{NO-BREAK SPACE}{spread}"
        return text if self.bare or text == MISSING else self._with_unit(text)

    @cached_property
    def _printed(self) -> Printed:
        source = self.source or Source(self.words("facts.other"), "", self.fact.name)
        runs = tuple(run[:SHORT_ID] for run in self.fact.runs)
        value = self.whole._text
        told = [source.group, source.part, source.what, value, *self._interval()]
        if runs:
            told.append(self.words.count("facts.runs", len(runs), runs=", ".join(runs)))
        origin = " · ".join(item for item in told if item)
        return Printed(
            self.fact.name, source.group, source.part, source.what, value, origin, " ".join(runs)
        )

    def _interval(self) -> Iterator[str]:
        if self._has_spread and self.fact.interval is not None:
            low, high = (self.cell._digits(end) for end in self.fact.interval)
            yield self.words("facts.interval", low=low, high=high)

    @property
    def _has_spread(self) -> bool:
        return self.fact.spread is not None and self.fact.kind not in ("seconds", "integer")

    @property
    def _shows_spread(self) -> bool:
        return self._has_spread and not self.short

    def _digits(self, value: float) -> str:
        words = self.words
        match self.fact.kind:
            case "integer":
                return words.integer(value)
            case "percent" | "points":
                return words.points(value)
            case "loss":
                # A spread beside it makes the third decimal of a mean idle, and a column too wide.
                return words.decimal(
                    value, 2 if self.bare and self._shows_spread else self.fact.digits
                )
            case "seconds":
                return words.duration(value)
            case "hours" | "decimal":
                return words.decimal(value, self.fact.digits)

    def _with_unit(self, text: str) -> str:
        if self.fact.kind in ("percent", "points"):
            return self.words(f"number.{self.fact.kind}", number=text)
        return text  # a time has its units, and the others have none


def language_of(words: Words) -> Language:
    """Return the code of a language as a report's texts are keyed by it."""
    return words.language


def factor_label(plan: StudyPlan, words: Words) -> str:
    """Return how the report calls what a study varies."""
    if plan.study.factor_label is not None:
        return text_in(plan.study.factor_label, language_of(words))
    return setting_label(plan.study.factor, words)


def factor_phrase(plan: StudyPlan, words: Words) -> str:
    """Return what a study varies as a sentence has it: with its article where it takes one."""
    if plan.study.factor_phrase is not None:
        return text_in(plan.study.factor_phrase, language_of(words))
    key = f"in_sentence.{plan.study.factor}"
    own = plan.study.factor_label is not None or not words.has(key)
    return factor_label(plan, words) if own else words(key)


def setting_label(name: str, words: Words) -> str:
    """Return how the report calls a setting."""
    return words(f"setting.{name}") if words.has(f"setting.{name}") else name


def entry_label(label: Label, name: str, words: Words) -> str:
    """Return how the report calls a component: an own one by its label, or else by its name."""
    if isinstance(label, str):
        return words(label)
    return said_in(label, language_of(words)) or label.get("", name)


def setting_text(name: str, value: Any, words: Words) -> str:
    """Return a setting's value as the report writes it."""
    if name == "model":
        return entry_label(find_model(value).label, value, words)
    if name == "augmentation":
        return "\N{NO-BREAK SPACE}+ ".join(
            entry_label(current().augmentations[part].label, part, words)
            for part in value.split("+")
        )
    if name == "image_size":
        return f"{value}×{value}"
    if name == "learning_rate_schedule":
        return entry_label(current().schedules[value].label, value, words)
    if name == "class_weights":
        return words("value.unweighted" if value == "none" else f"value.{value}")
    if name == "stop_by":
        return words(f"value.{value}")
    if name == "optimizer":
        return current().optimizers[value].written
    if name == "activation":
        return WRITTEN.get(value, str(value))
    if isinstance(value, bool):
        return words("value.yes" if value else "value.no")
    if value is None or isinstance(value, str):
        return str(value)
    if isinstance(value, int):
        return words.integer(value)
    if isinstance(value, float):
        digits = len(f"{value:.10f}".rstrip("0").partition(".")[2])
        return words.decimal(value, max(1, digits))
    return ", ".join(setting_text(name, item, words) for item in value)


def trial_label(trial: Trial, factor: str, words: Words) -> str:
    """Return how the report calls a value of a study."""
    label: Text = trial.label
    if label != trial.key:
        return text_in(label, language_of(words))
    if factor in Settings.names():
        return setting_text(factor, getattr(trial.settings, factor), words)
    return trial.key


def model_name(plan: StudyPlan, keys: Sequence[str], words: Words) -> str:
    """Return how the report calls the model of some trials: their labels if that is what varies.

    Args:
        plan: The study.
        keys: Of trials whose models have the same layers.
        words: The language.
    """
    trial = plan.trial(keys[0])
    parameters = {"model", *trial.settings.entry.parameters} - {"activation"}
    is_own = bool(plan.study.value(keys[0]).settings.keys() & parameters)
    if is_own:
        labels = [trial_label(plan.trial(key), plan.study.factor, words) for key in keys]
        name = str(words.joined(labels).unescape())
        if trial.label == trial.key:
            name = f"{factor_label(plan, words)} {name}"
    else:
        name = setting_text("model", trial.settings.model, words)
    size = setting_text("image_size", trial.settings.image_size, words)
    return f"{name} ({size})" if len(keys) > 1 and is_own else f"{name}, {size}"
