"""What is studied: report.toml in, an immutable `Report` out.

Every name, type and range is checked here, with all mistakes in one message, so that nothing
long starts on a description that cannot be carried out. Nothing here looks at pictures, records
or TensorFlow.
"""

import difflib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from scenes import catalogue
from scenes.errors import SpecError

Language = Literal["es", "en"]
LANGUAGES: tuple[Language, ...] = ("es", "en")
Text = str | dict[Language, str]
"""A text in every language, or one per language."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")]
Metric = Literal["val_loss", "val_accuracy"]
Epoch = Literal["last", "best"]


def text_in(text: Text, language: Language) -> str:
    """Return a text in one language (a plain string serves every language)."""
    return text if isinstance(text, str) else text[language]


class Frozen(BaseModel):
    """A value object: immutable, and strict about keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Settings(Frozen):
    """Everything, seed and pictures apart, that decides what a run does.

    Model parameters that the chosen model does not take are ignored by it and by the run's
    identity (`scenes.identity`).
    """

    model: str = "tutorial"
    image_size: int = Field(64, ge=8, le=1024)
    """Side of the square pictures, in pixels."""
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos"] = "bilinear"
    train_per_class: int | None = Field(None, ge=1)
    """Pictures taken from each class for training; all of them where none is given."""
    val_per_class: int | None = Field(None, ge=1)
    batch_size: int = Field(32, ge=1, le=4096)
    epochs: int = Field(50, ge=1, le=100_000)
    optimizer: str = "sgd"
    learning_rate: float = Field(0.01, gt=0, le=10)
    momentum: float = Field(0.0, ge=0, lt=1)
    weight_decay: float = Field(0.0, ge=0, lt=1)
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    augmentation: str = "none"
    augmentation_strength: float | None = Field(None, gt=0)
    activation: str = "relu"
    filters: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field((16, 32, 64), min_length=1)
    """Filters of each convolution block; their number is the depth."""
    kernel_size: int = Field(3, ge=1, le=31)
    dense_units: int = Field(128, ge=1, le=65_536)
    dropout: float = Field(0.0, ge=0, lt=1)
    backbone: str | None = None
    head_units: int = Field(120, ge=1, le=65_536)
    weights: str = "imagenet"
    """Of the backbone: `imagenet`, `random`, or the path of a weights file."""
    trainable: Literal["none", "all"] | Annotated[int, Field(ge=1)] = "none"
    """What of the backbone is trained: nothing, all, or its last N layers."""

    @field_validator("model")
    @classmethod
    def _known_model(cls, name: str) -> str:
        return _known(name, catalogue.MODELS, "model")

    @field_validator("activation")
    @classmethod
    def _known_activation(cls, name: str) -> str:
        return _known(name, catalogue.ACTIVATIONS, "activation")

    @field_validator("optimizer")
    @classmethod
    def _known_optimizer(cls, name: str) -> str:
        return _known(name, catalogue.OPTIMIZERS, "optimizer")

    @field_validator("augmentation")
    @classmethod
    def _known_augmentation(cls, name: str) -> str:
        for part in name.split("+"):
            _known(part, catalogue.AUGMENTATIONS, "augmentation")
        return name

    @field_validator("backbone")
    @classmethod
    def _known_backbone(cls, name: str | None) -> str | None:
        return name and _known(name, catalogue.BACKBONES, "backbone")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.model != "transfer":
            return self
        if self.backbone is None:
            choices = ", ".join(catalogue.BACKBONES)
            raise ValueError(f'model "transfer" needs a backbone; choices: {choices}')
        minimum = catalogue.BACKBONES[self.backbone].minimum_size
        if self.image_size < minimum:
            raise ValueError(
                f"{self.backbone} needs pictures of at least {minimum} pixels, "
                f"image_size is {self.image_size}"
            )
        return self


def _known(name: str, choices: Sequence[str] | Mapping[str, object], kind: str) -> str:
    if name in choices:
        return name
    near = difflib.get_close_matches(name, list(choices), n=1)
    guess = f" (did you mean {near[0]!r}?)" if near else ""
    raise ValueError(f"unknown {kind} {name!r}{guess}; choices: {', '.join(choices)}")


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
        if self.best > len(self.of):
            raise ValueError(f"cannot take the best {self.best} of {len(self.of)} values")
        return self


class Value(Frozen):
    """One value of a study's factor: what it sets, and how the report calls it."""

    key: Name
    label: Text | None = None
    settings: dict[str, Any] = {}
    combine: Combination | None = None


class Choice(Frozen):
    """How the value that later studies use is chosen: a rule, or the authors' own decision."""

    by: Metric = "val_loss"
    epoch: Epoch = "last"
    value: Name | None = None
    """The key of the authors' value; without it the rule decides."""
    because: Text | None = None

    @field_validator("value", mode="before")
    @classmethod
    def _key(cls, value: object) -> object:
        return str(value) if isinstance(value, int | float) else value

    @model_validator(mode="after")
    def _reasoned(self) -> Self:
        if (self.value is None) != (self.because is None):
            raise ValueError("an authors' choice needs both `value` and `because`")
        return self


class Study(Frozen):
    """A question, one factor, the values to vary and the settings that are held fixed."""

    name: Name
    title: Text
    question: Text
    number: str | None = None
    points: float | None = Field(None, ge=0)
    factor: Name
    """A setting, or the name of a group of settings that the values' tables set together."""
    factor_label: Text | None = None
    values: tuple[Value, ...] = Field(min_length=2)
    set: dict[str, Any] = {}
    """Settings of this study that differ from the base, held fixed over its values."""
    use: tuple[Name, ...] = ()
    """Studies whose chosen value is carried forward into this one."""
    choose: Choice | None = None
    summaries: tuple[Name, ...] = ()
    """Keys of the values whose model summary, before and after freezing, is a figure."""

    @model_validator(mode="before")
    @classmethod
    def _expand_values(cls, data: Any) -> Any:
        if not isinstance(data, dict) or not isinstance(data.get("values"), list):
            return data
        factor = data.get("factor")
        return {**data, "values": [_expand_value(value, factor) for value in data["values"]]}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        keys = [value.key for value in self.values]
        repeated = sorted({key for key in keys if keys.count(key) > 1})
        if repeated:
            raise ValueError(f"values repeat: {', '.join(repeated)}")
        named = {
            "choose.value": [self.choose.value] if self.choose and self.choose.value else [],
            "summaries": list(self.summaries),
            "of": [key for value in self.values if value.combine for key in value.combine.of],
        }
        for place, wanted in named.items():
            for key in wanted:
                if key not in keys:
                    raise ValueError(f"{place} names {key!r}; the values are {', '.join(keys)}")
        return self

    def value(self, key: str) -> Value:
        """Return the value with this key."""
        return next(value for value in self.values if value.key == key)


def _expand_value(value: Any, factor: Any) -> Any:
    """Turn a plain value, or a table of settings, into the fields of a `Value`."""
    if not isinstance(value, dict):
        return {"key": str(value), "settings": {factor: value}}
    fields = {name: value[name] for name in ("key", "label", "combine") if name in value}
    settings = {name: item for name, item in value.items() if name not in fields}
    if "key" not in fields and factor in settings:
        fields["key"] = str(settings[factor])
    return {**fields, "settings": settings}


class StudyProfile(Frozen):
    """What a profile changes in one study."""

    epochs: float | None = Field(None, gt=0, le=1)
    set: dict[str, Any] = {}


class Profile(StudyProfile):
    """Less (or more) of every study: for a first look, or for the final figures."""

    seeds: tuple[int, ...] | None = Field(None, min_length=1)
    missing_weights: Literal["stop", "random"] = "stop"
    """What to do where a backbone's ImageNet weights can neither be found nor downloaded."""
    study: dict[str, StudyProfile] = {}


class Data(Frozen):
    """Where the pictures come from."""

    source: str = "synthetic"
    """`synthetic`, or a folder of pictures."""
    name: Text | None = None
    seed: int = 0
    """Of the painter, of the split and of what is taken per class."""
    val_share: float = Field(0.2, gt=0, lt=1)
    """Share held out where the folder has no split of its own."""
    train_per_class: int = Field(100, ge=1)
    """Pictures painted for each class, where the data is synthetic."""
    val_per_class: int = Field(100, ge=1)


class Task(Frozen):
    """A row of the workload table."""

    task: str
    hours: dict[str, Annotated[float, Field(ge=0)]]


class Report(Frozen):
    """One write-up: what is studied, on which pictures, by whom, and how it is written."""

    title: Text
    subtitle: Text = ""
    course: Text = ""
    abstract: Text = ""
    authors: tuple[str, ...] = Field(min_length=1)
    language: Language = "en"
    template: str = "lab_report.html"
    bibliography: str | None = None
    cite: tuple[str, ...] = ()
    """Keys of the references that are listed though no text cites them."""
    seeds: tuple[int, ...] = Field((0,), min_length=1)
    data: Data = Data()
    base: Settings = Settings()
    studies: tuple[Study, ...] = Field(alias="study", min_length=1)
    profiles: dict[Name, Profile] = Field({}, alias="profile")
    workload: tuple[Task, ...] = ()

    @field_validator("seeds")
    @classmethod
    def _distinct(cls, seeds: tuple[int, ...]) -> tuple[int, ...]:
        if len(set(seeds)) < len(seeds):
            raise ValueError(f"seeds repeat: {', '.join(map(str, seeds))}")
        return seeds

    @model_validator(mode="after")
    def _whole(self) -> Self:
        problems = [*_order_problems(self.studies), *_profile_problems(self)]
        for study in self.studies:
            problems += _settings_problems(self.base, study)
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def study(self, name: str) -> Study:
        """Return the study with this name."""
        return next(study for study in self.studies if study.name == name)


def _order_problems(studies: Sequence[Study]) -> Iterator[str]:
    seen: list[str] = []
    for study in studies:
        if study.name in seen:
            yield f"two studies are named {study.name!r}"
        for used in study.use:
            if used not in seen:
                yield (
                    f"study {study.name!r} uses {used!r}, which is not one of the studies before "
                    f"it: {', '.join(seen) or 'none'}"
                )
            elif next(other for other in studies if other.name == used).choose is None:
                yield f"study {study.name!r} uses {used!r}, which chooses nothing (add `choose`)"
        seen.append(study.name)


def _profile_problems(report: Report) -> Iterator[str]:
    names = [study.name for study in report.studies]
    for name, profile in report.profiles.items():
        for study in profile.study:
            if study not in names:
                yield f"profile {name!r} names study {study!r}; the studies are {', '.join(names)}"


def _settings_problems(base: Settings, study: Study) -> Iterator[str]:
    """Try every value's settings on the base, as the plan will."""
    for value in study.values:
        changed = {**study.set, **value.settings}
        try:
            Settings.model_validate({**base.model_dump(), **changed})
        except ValidationError as error:
            for line in _lines(error, Settings):
                yield f"study {study.name!r}, value {value.key!r}: {line}"


def load_report(folder: Path) -> Report:
    """Read and check the report.toml of a folder.

    Raises:
        SpecError: The file is missing, is not TOML, or has mistakes: all of them at once.
    """
    path = folder / "report.toml" if folder.is_dir() else folder
    if not path.is_file():
        raise SpecError(
            f"{folder}: there is no report here",
            [f"a report is a folder that holds report.toml; {path} does not exist"],
            "Name such a folder, for example: scenes report reports/practica4",
        )
    try:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        return Report.model_validate(data)
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise SpecError(f"{path} is not a TOML file", [str(error)]) from None
    except ValidationError as error:
        raise SpecError(f"{path} has mistakes", _lines(error, Report)) from None


def _lines(error: ValidationError, model: type[BaseModel]) -> list[str]:
    """Say each mistake of a description in one line: the key, the rule, what came."""
    lines = []
    for item in error.errors():
        where = ".".join(str(part) for part in item["loc"]) or "the whole"
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(item["loc"][-1]), model.model_fields, n=1)
            message = "unknown key" + (f" (did you mean {near[0]!r}?)" if near else "")
        elif item["type"] not in ("value_error", "missing"):
            message = f"{message}, got {item['input']!r}"
        lines += [f"{where}: {part}" for part in message.splitlines()]
    return lines


def apply_profile(report: Report, name: str) -> Report:
    """Return the report with a profile's seeds, epochs and settings in place.

    Raises:
        SpecError: The report has no such profile, or the profile sets what is not allowed.
    """
    if name not in report.profiles:
        choices = ", ".join(report.profiles) or "none"
        raise SpecError(f"there is no profile {name!r}", [f"the report's profiles: {choices}"])
    profile = report.profiles[name]
    try:
        base = Settings.model_validate({**report.base.model_dump(), **profile.set})
        return Report.model_validate(
            {
                **report.model_dump(by_alias=True),
                "base": base.model_dump(),
                "seeds": profile.seeds or report.seeds,
                "study": [_in_profile(study, base, profile) for study in report.studies],
            }
        )
    except ValidationError as error:
        raise SpecError(f"profile {name!r} has mistakes", _lines(error, Report)) from None


def _in_profile(study: Study, base: Settings, profile: Profile) -> Study:
    own = profile.study.get(study.name, StudyProfile())
    share = own.epochs or profile.epochs or 1.0
    epochs = study.set.get("epochs", base.epochs)
    changed = {**study.set, **own.set, "epochs": max(1, round(share * epochs))}
    return study.model_copy(update={"set": changed})


def with_weights(report: Report, weights: Mapping[str, str]) -> Report:
    """Return the report with other pretrained weights.

    Args:
        report: To be changed.
        weights: `random`, `imagenet` or a file, by backbone; the key "" stands for every other.
    """
    base = report.base.model_copy(update={"weights": weights.get("", report.base.weights)})
    studies = []
    for study in report.studies:
        values = []
        for value in study.values:
            backbone = {**report.base.model_dump(), **study.set, **value.settings}["backbone"]
            chosen = weights.get(str(backbone), weights.get(""))
            changed = {} if backbone is None or chosen is None else {"weights": chosen}
            values.append(value.model_copy(update={"settings": {**value.settings, **changed}}))
        studies.append(study.model_copy(update={"values": tuple(values)}))
    return report.model_copy(update={"base": base, "studies": tuple(studies)})
