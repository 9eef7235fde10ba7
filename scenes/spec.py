"""What is studied: the parts of a report.toml, typed, validated and immutable.

Every name, type and range is checked here, with all mistakes in one message, so that nothing
long starts on a description that cannot be carried out. Nothing here looks at pictures, records
or TensorFlow.
"""

import reprlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from scenes.factor import factor_mistakes, key_of, unknown_factor
from scenes.mistakes import Mistake, MistakesError, find_mistakes, guess
from scenes.places import Place
from scenes.settings import Frozen, Settings

Language = Literal["es", "en"]
LANGUAGES: tuple[Language, ...] = ("es", "en")


def _check_text(value: object) -> object:
    tables = isinstance(value, dict) and bool(value) and set(value) <= set(LANGUAGES)
    if isinstance(value, str) or (tables and all(isinstance(v, str) for v in value.values())):  # type: ignore[attr-defined]
        return value
    raise ValueError(
        f"a text is wanted, or a table of one per language ({', '.join(LANGUAGES)}), "
        f"got {reprlib.repr(value)}"
    )


NAME_LENGTH, WORD_LENGTH = 200, 60
"""Signs of what stands in a line, a running head or a cell (a title, a label, a person), and of a
word in it: more could not be set. Prose may be of any length."""


def _check_line(text: str) -> str:
    word = max(map(len, text.split()), default=0)
    if len(text) > NAME_LENGTH:
        raise ValueError(f"at most {NAME_LENGTH} signs are wanted, got {len(text):,}")
    if word > WORD_LENGTH:
        raise ValueError(f"words of at most {WORD_LENGTH} signs are wanted, got one of {word:,}")
    return text


def _check_name(value: object) -> object:
    text = _check_text(value)
    for line in text.values() if isinstance(text, dict) else [str(text)]:
        _check_line(line)
    return text


Text = Annotated[str | dict[Language, str], PlainValidator(_check_text)]
"""A text for every language, or one per language."""

ShortText = Annotated[str | dict[Language, str], PlainValidator(_check_name)]
"""A text that stands in a line."""

Person = Annotated[str, AfterValidator(_check_line)]

FigureName = Literal[
    "confusion", "recall", "confused_pairs", "mistakes", "parameters", "time", "layers"
]
"""A figure that a report may ask for besides its curves."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")]
Metric = Literal["val_loss", "val_accuracy"]
"""What values are chosen by: the validation split, never one called test."""
Epoch = Literal["last", "best"]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**32)]
"""What NumPy and Keras both take."""


def text_in(text: Text, language: Language) -> str:
    """Return a text in one language (a plain string serves every language)."""
    return text if isinstance(text, str) else text[language]


class Combination(Frozen):
    """A value that a study derives from its own results: the best augmentations, combined."""

    best: int = Field(ge=2)
    """How many are combined."""
    of: tuple[str, ...] = Field(min_length=2)
    """The keys of the values that are ranked."""
    by: Metric = "val_loss"
    epoch: Epoch = "last"

    @model_validator(mode="after")
    def _enough(self) -> Self:
        if self.best > len(set(self.of)):
            raise ValueError(f"cannot take the best {self.best} of {len(set(self.of))} values")
        return self


class Value(Frozen):
    """One value of a study's factor: what it sets, and how the report calls it."""

    key: Name
    label: ShortText | None = None
    settings: dict[str, Any] = Field(default_factory=dict)
    combine: Combination | None = None


class Choice(Frozen):
    """How the value that later studies use is chosen: a rule, or the authors' own decision."""

    by: Metric = "val_loss"
    epoch: Epoch = "last"
    take: Literal["best", "cheapest within noise"] = "best"
    """What the rule takes: the best value, or the cheapest of those that the noise between seeds
    does not tell from it (`scenes.choosing`)."""
    value: Name | None = None
    """The key of the authors' value; without it the rule decides."""
    because: Text | None = None

    @field_validator("value", mode="before")
    @classmethod
    def _key(cls, value: object) -> object:
        return key_of(value) if isinstance(value, int | float | list) else value

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if (self.value is None) != (self.because is None):
            raise ValueError("an authors' choice needs both `value` and `because`")
        return self


class Study(Frozen):
    """A question, one factor, the values to vary and the settings that are held fixed."""

    name: Name
    title: ShortText
    question: Text
    number: str | None = None
    points: float | None = Field(None, ge=0)
    factor: Name
    """A setting, or the name of a group of settings that the values' tables set together."""
    factor_label: ShortText | None = None
    factor_phrase: ShortText | None = None
    """The label as a sentence has it, with its article: "los filtros y el núcleo"."""
    values: tuple[Value, ...] = Field(min_length=2)
    set: dict[str, Any] = Field(default_factory=dict)
    """Settings of this study that differ from the base, held fixed over its values."""
    use: tuple[Name, ...] = ()
    """Studies whose chosen value is carried forward into this one."""
    choose: Choice | None = None
    summaries: tuple[Name, ...] = ()
    """Keys of the values whose model summary, before and after freezing, is a figure."""
    figures: tuple[FigureName, ...] = ()
    """More figures, of what this study chose and of its values, in the appendix."""

    @model_validator(mode="before")
    @classmethod
    def _expand_values(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("values"), list):
            return data
        factor = str(data.get("factor"))
        return {**data, "values": [_expand_value(value, factor) for value in data["values"]]}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        mistakes = [*_key_mistakes(self), *_setting_mistakes(self), *_factor_mistakes(self)]
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
    named: list[tuple[Place, list[str], tuple[str, ...]]] = [
        (("choose", "value"), keys, (choice,) if choice else ()),
        (("summaries",), keys, study.summaries),
    ]
    for index, value in enumerate(study.values):
        if value.combine is not None:
            named.append((("values", index, "combine", "of"), plain, value.combine.of))
    for place, choices, wanted in named:
        for key in wanted:
            if key not in choices:
                yield Mistake(place, f"there is no value {key!r}; choices: {', '.join(choices)}")
    if len(plain) < len(keys) and study.factor != "augmentation":
        yield Mistake(("factor",), f"combine joins augmentations; the factor is {study.factor!r}")


def _setting_mistakes(study: Study, base: Mapping[str, Any] | None = None) -> Iterator[Mistake]:
    """Try each value's settings on a base, or else each setting by itself.

    A mistake stands where its setting is set.
    """
    for index, value in enumerate(study.values):
        try:
            Settings.model_validate({**(base or {}), **study.set, **value.settings})
        except ValidationError as error:
            for mistake in find_mistakes(error, Settings, together=base is not None):
                name = mistake.place[0] if mistake.place else None
                if name == study.factor and name not in Settings.model_fields:
                    yield unknown_factor(study.factor)
                    continue
                in_set = name in study.set and name not in value.settings
                place: Place = ("set",) if in_set else ("values", index)
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


class StudyProfile(Frozen):
    """What a profile changes in one study."""

    epochs: float | None = Field(None, gt=0, le=1)
    set: dict[str, Any] = Field(default_factory=dict)


class Profile(StudyProfile):
    """Less (or more) of every study: for a first look, or for the final figures."""

    seeds: tuple[Seed, ...] | None = Field(None, min_length=1)
    missing_weights: Literal["stop", "random"] = "stop"
    """What to do where a backbone's ImageNet weights can neither be found nor downloaded."""
    study: dict[str, StudyProfile] = Field(default_factory=dict)


class Data(Frozen):
    """Where the pictures come from."""

    source: str = "synthetic"
    """`synthetic`, or a folder of pictures."""
    name: ShortText | None = None
    seed: Seed = 0
    """Of the painter, of the split and of what is taken per class."""
    val_share: float = Field(0.2, gt=0, lt=1)
    """Share held out where the folder has no split of its own."""
    train_per_class: int = Field(100, ge=1)
    """Pictures painted for each class, where the data is synthetic."""
    val_per_class: int = Field(100, ge=1)


class Task(Frozen):
    """A row of the workload table."""

    task: Person
    hours: dict[Person, Annotated[float, Field(ge=0)]]


class Report(Frozen):
    """One write-up: what is studied, on which pictures, by whom, and how it is written."""

    title: ShortText
    subtitle: ShortText = ""
    institution: ShortText = ""
    course: ShortText = ""
    abstract: Text = ""
    authors: tuple[Person, ...] = Field(min_length=1)
    language: Language = "en"
    template: str = "lab_report.html"
    bibliography: str | None = None
    cite: tuple[str, ...] = ()
    """Keys of the references that are listed though no text cites them."""
    figures: tuple[FigureName, ...] = ()
    """More figures, of the final configuration and of all networks, in the appendix."""
    typed: dict[str, str] = Field(default_factory=dict)
    """Numbers that the texts may name though nothing here declares them, each with the reason."""
    seeds: tuple[Seed, ...] = Field((0,), min_length=1)
    data: Data = Data()
    base: Settings = Settings()
    studies: tuple[Study, ...] = Field(alias="study", min_length=1)
    profiles: dict[Name, Profile] = Field(default_factory=dict, alias="profile")
    workload: tuple[Task, ...] = ()

    @field_validator("seeds")
    @classmethod
    def _distinct(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds repeat: {', '.join(map(str, seeds))}")
        return seeds

    @model_validator(mode="after")
    def _whole(self) -> Self:
        mistakes = [
            *_order_mistakes(self.studies),
            *_profile_mistakes(self),
            *language_mistakes(self),
        ]
        for index, study in enumerate(self.studies):
            for mistake in _setting_mistakes(study, self.base.model_dump()):
                mistakes.append(Mistake(("study", index, *mistake.place), mistake.text))
        if mistakes:
            raise MistakesError(mistakes)
        return self

    def study(self, name: str) -> Study:
        """Return the study with this name."""
        return next(study for study in self.studies if study.name == name)


def _order_mistakes(studies: Sequence[Study]) -> Iterator[Mistake]:
    """Yield what is wrong with the names of studies and with the studies that they use."""
    names = [study.name for study in studies]
    for index, study in enumerate(studies):
        before = names[:index]
        if study.name in before:
            yield Mistake(("study", index, "name"), f"two studies are named {study.name!r}")
        for used in study.use:
            place = ("study", index, "use")
            if used not in before:
                choices = ", ".join(before) or "none"
                yield Mistake(
                    place, f"{used!r} is not one of the studies before this one: {choices}"
                )
            elif studies[before.index(used)].choose is None:
                yield Mistake(place, f"study {used!r} chooses nothing (add `choose` to it)")


def language_mistakes(report: Report) -> Iterator[Mistake]:
    """Yield the texts that do not stand in the language of the report."""
    for place, text in report_texts(report):
        if isinstance(text, dict) and report.language not in text:
            yield Mistake(
                place, f"there is no text in {report.language!r}, only in {', '.join(text)}"
            )


def report_texts(report: Report) -> Iterator[tuple[Place, Text | None]]:
    """Yield every text that may come in several languages, with its place in the description."""
    for name in ("title", "subtitle", "institution", "course", "abstract"):
        yield (name,), getattr(report, name)
    yield ("data", "name"), report.data.name
    for index, study in enumerate(report.studies):
        for name in ("title", "question", "factor_label", "factor_phrase"):
            yield ("study", index, name), getattr(study, name)
        if study.choose is not None:
            yield ("study", index, "choose", "because"), study.choose.because
        for number, value in enumerate(study.values):
            yield ("study", index, "values", number, "label"), value.label


def written_texts(report: Report) -> Iterator[tuple[Place, str]]:
    """Yield what a reader takes for the authors' own words, in every language, with its place."""
    for place, text in report_texts(report):
        if place[-1] in ("abstract", "question", "because") and text:
            if isinstance(text, dict):
                yield from (((*place, language), words) for language, words in text.items())
            else:
                yield place, text


def _profile_mistakes(report: Report) -> Iterator[Mistake]:
    names = [study.name for study in report.studies]
    for name, profile in report.profiles.items():
        for study in profile.study:
            if study not in names:
                yield Mistake(
                    ("profile", name, "study", study),
                    f"there is no such study{guess(study, names)}; choices: {', '.join(names)}",
                )
