"""A study of a report.toml: a question, a factor, its values and how one of them is chosen.

Typed and immutable; what does not go together is refused, all of it in one message.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from scenes.spec import registry
from scenes.spec.factor import factor_mistakes, key_of, unknown_factor
from scenes.spec.seeds import Seeds, ValueSeeds
from scenes.spec.settings import Frozen, Settings
from scenes.spec.text import ShortText, Text
from scenes.spec.toml_lines import KeyPath
from scenes.spec.validation import Mistake, MistakesError, find_mistakes, guess


def _known_figure(name: str) -> str:
    known = registry.current().figures
    if name not in known:
        near = guess(name, known)
        raise ValueError(f"there is no figure {name!r}{near}; the figures are {', '.join(known)}")
    return name


FigureName = Annotated[str, AfterValidator(_known_figure)]
"""A figure of the registry, which a report may ask for besides its curves."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$", max_length=60)]
"""Names and keys become names of files, of which two and an ending must fit in 255 bytes."""

MOST = 100
"""Items of a list. Longer ones fit on no page, and would keep a machine busy for years."""


def _known_metric(name: str) -> str:
    try:
        registry.find_metric(name)
    except KeyError as error:
        near = guess(name.partition(":")[0], registry.current().metrics)
        raise ValueError(f"{error.args[0]}{near}") from None
    return name


Metric = Annotated[str, AfterValidator(_known_metric)]
"""What values are chosen by, on the validation split: a metric of the registry."""
Epoch = Literal["last", "best"]


def epoch_mistakes(by: str, epoch: Epoch) -> Iterator[Mistake]:
    """Yield what is wrong with ranking by a metric at an epoch."""
    if epoch == "best" and not registry.find_metric(by).is_per_epoch:
        known = ", ".join(
            name for name, it in registry.current().metrics.items() if it.is_per_epoch
        )
        yield Mistake(
            ("epoch",),
            f"{by} is known of the model that a run keeps only, so the epoch must be "
            f"'last'; known of every epoch: {known}",
        )


class Combination(Frozen):
    """A value that a study derives from its own results: the best augmentations, combined."""

    best: int = Field(ge=2)
    """How many are combined."""
    of: tuple[str, ...] = Field(min_length=2)
    """The keys of the values that are ranked."""
    by: Metric = "val_loss"
    """The metric by which they are ranked."""
    epoch: Epoch = "last"
    """At which epoch."""

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.best > len(set(self.of)):
            raise ValueError(f"cannot take the best {self.best} of {len(set(self.of))} values")
        if mistakes := [*epoch_mistakes(self.by, self.epoch)]:
            raise MistakesError(mistakes)
        return self


class Value(Frozen):
    """One value of a study's factor: what it sets, and how the report calls it."""

    key: Name
    """By which the report names the value."""
    label: ShortText | None = None
    """How the report prints it."""
    settings: dict[str, Any] = Field(default_factory=dict)
    """What the value sets."""
    combine: Combination | None = None
    """In place of `settings`: augmentations that are the best of others."""


class Choice(Frozen):
    """How the value that later studies use is chosen: a rule, or the authors' own decision."""

    by: Metric = "val_loss"
    """The metric of the rule."""
    epoch: Epoch = "last"
    """At which epoch."""
    take: Literal["best", "cheapest within noise"] = "best"
    """What the rule takes: the best value, or the cheapest of those that the noise between seeds
    does not tell from it (`scenes.plan.ranking`)."""
    value: Name | None = None
    """The key of the authors' value; without it the rule decides."""
    because: Text | None = None
    """The authors' reason for `value`."""

    @field_validator("value", mode="before")
    @classmethod
    def _key(cls, value: object) -> object:
        return key_of(value) if isinstance(value, int | float | list) else value

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if (self.value is None) != (self.because is None):
            raise ValueError("an authors' choice needs both `value` and `because`")
        if mistakes := [*epoch_mistakes(self.by, self.epoch)]:
            raise MistakesError(mistakes)
        return self


Expected = Literal["better", "best", "ordered", "no_difference", "overfits", "leaves_chance"]
"""A claim (`scenes.claims.predicates`) that an expectation may make."""


class Expectation(Frozen):
    """What the authors expect of a study before they see results, and the claim that it makes."""

    text: Text
    """In the authors' words."""
    claim: Expected
    """What it says, as a claim."""
    value: Name | None = None
    """The key of the value that the claim is about."""
    than: Name | None = None
    """The key of the value that it is compared with."""
    metric: Literal["val_loss", "val_accuracy", "loss", "accuracy"] = "val_loss"
    """What the claim compares."""
    direction: Literal["rises", "falls"] | None = None
    """Of `ordered`."""

    @field_validator("value", "than", mode="before")
    @classmethod
    def _key(cls, value: object) -> object:
        return key_of(value) if isinstance(value, int | float | list) else value

    @model_validator(mode="after")
    def _whole(self) -> Self:
        needed = {"better": {"value", "than"}, "ordered": {"direction"}, "no_difference": set()}
        wanted = needed.get(self.claim, {"value"})
        given = {name for name in ("value", "than", "direction") if getattr(self, name) is not None}
        if given != wanted:
            takes = " and ".join(sorted(wanted)) or "neither value, than nor direction"
            raise ValueError(f"the claim {self.claim!r} takes {takes}")
        return self


class Study(Frozen):
    """A question, one factor, the values to vary and the settings that are held fixed."""

    name: Name
    """By which other studies and the template name it."""
    title: ShortText
    """Of its section."""
    question: Text
    """What the study asks."""
    expected: Expectation | None = None
    """What the authors expect; the report says whether the results bear it out."""
    number: str | None = None
    """Of its section in the assignment, such as `4.1`."""
    points: float | None = Field(None, ge=0)
    """What the assignment gives for it."""
    factor: Name
    """A setting, or the name of a group of settings that the values' tables set together."""
    factor_label: ShortText | None = None
    """How the report prints the factor."""
    factor_phrase: ShortText | None = None
    """The label as a sentence has it, with its article: "los filtros y el núcleo"."""
    values: tuple[Value, ...] = Field(min_length=2, max_length=MOST)
    """Values of the factor, or tables with `key`, `label` and `settings`."""
    set: dict[str, Any] = Field(default_factory=dict)
    """Settings of this study that differ from the base, held fixed over its values."""
    use: tuple[Name, ...] = Field((), max_length=MOST)
    """Studies whose chosen value is carried forward into this one."""
    choose: Choice | None = None
    """Which value later studies go on with."""
    seeds: Seeds | None = None
    """In place of the report's."""
    value_seeds: ValueSeeds = Field(default_factory=dict, max_length=MOST)
    """In place of the study's: fewer for values that cost much, say."""
    reference: Name | None = None
    """The key of the value that the others are compared with; else the chosen one, or the first."""
    summaries: tuple[Name, ...] = Field((), max_length=MOST)
    """Keys of the values whose model summary, before and after freezing, is a figure."""
    figures: tuple[FigureName, ...] = ()
    """More figures, of what this study chose and of its values, in the appendix."""

    @field_validator("reference", mode="before")
    @classmethod
    def _reference_key(cls, value: object) -> object:
        return key_of(value) if isinstance(value, int | float | list) else value

    @model_validator(mode="before")
    @classmethod
    def _expand_values(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("values"), list):
            return data
        factor = str(data.get("factor"))
        return {**data, "values": [_expand_value(value, factor) for value in data["values"]]}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        mistakes = [*_key_mistakes(self), *setting_mistakes(self), *_factor_mistakes(self)]
        if mistakes:
            raise MistakesError(mistakes)
        return self

    def value(self, key: str) -> Value:
        """Return the value with this key."""
        return next(value for value in self.values if value.key == key)


def _key_mistakes(study: Study) -> Iterator[Mistake]:
    """Yield what is wrong with the keys of a study's values and with what names them."""
    keys = [value.key for value in study.values]
    plain = [value.key for value in study.values if value.combine is None]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        yield Mistake(("values",), f"values repeat: {', '.join(repeated)}")
    choice = study.choose.value if study.choose else None
    named: list[tuple[KeyPath, list[str], tuple[str, ...]]] = [
        (("choose", "value"), keys, (choice,) if choice else ()),
        (("reference",), keys, (study.reference,) if study.reference else ()),
        (("summaries",), keys, study.summaries),
        (("value_seeds",), keys, tuple(study.value_seeds)),
    ]
    for name in ("value", "than"):
        key = getattr(study.expected, name, None)
        named.append((("expected", name), keys, (key,) if key else ()))
    for index, value in enumerate(study.values):
        if value.combine is not None:
            named.append((("values", index, "combine", "of"), plain, value.combine.of))
    for place, choices, wanted in named:
        for key in wanted:
            if key not in choices:
                yield Mistake(place, f"there is no value {key!r}; choices: {', '.join(choices)}")
    if len(plain) < len(keys) and study.factor != "augmentation":
        yield Mistake(("factor",), f"combine joins augmentations; the factor is {study.factor!r}")


def setting_mistakes(study: Study, base: Mapping[str, Any] | None = None) -> Iterator[Mistake]:
    """Try each value's settings on a base, or else each setting by itself.

    A mistake stands where its setting is set.
    """
    keys: dict[Settings, str] = {}
    for index, value in enumerate(study.values):
        try:
            settings = Settings.model_validate({**(base or {}), **study.set, **value.settings})
            if base is not None and value.combine is None:
                other = keys.setdefault(settings, value.key)
                if other != value.key:
                    text = f"values repeat: {value.key} is the same as {other}"
                    yield Mistake(("values", index), text)
        except ValidationError as error:
            for mistake in find_mistakes(error, Settings, together=base is not None):
                name = mistake.place[0] if mistake.place else None
                if name == study.factor and name not in Settings.names():
                    yield unknown_factor(study.factor)
                    continue
                in_set = name in study.set and name not in value.settings
                place: KeyPath = ("set",) if in_set else ("values", index)
                yield Mistake((*place, *mistake.place), mistake.text)


def _factor_mistakes(study: Study) -> Iterator[Mistake]:
    """Yield what is wrong where more than the factor varies; a combination is a value of it."""
    return factor_mistakes(
        study.factor,
        [
            value.settings if value.combine is None else {study.factor: value.key, **value.settings}
            for value in study.values
        ],
        fixed=study.set,
        has_label=study.factor_label is not None,
    )


def _expand_value(value: Any, factor: str) -> Any:
    """Turn a plain value, or a table of settings, into the fields of a `Value`."""
    if not isinstance(value, dict):
        return {"key": key_of(value), "settings": {factor: value}}
    fields = {name: value[name] for name in ("key", "label", "combine") if name in value}
    settings = {name: item for name, item in value.items() if name not in fields}
    if "key" not in fields and factor in settings:
        fields["key"] = key_of(settings[factor])
    return {**fields, "settings": settings}
