"""What is studied: report.toml in, an immutable `Report` out.

Every name, type and range is checked here, with all mistakes in one message, so that nothing
long starts on a description that cannot be carried out. Nothing here looks at pictures, records
or TensorFlow.
"""

import difflib
import reprlib
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    StringConstraints,
    ValidationError,
    field_validator,
    model_validator,
)

from scenes import catalogue
from scenes.errors import SpecError, UserError

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


Text = Annotated[str | dict[Language, str], PlainValidator(_check_text)]
"""A text for every language, or one per language."""

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+$")]
Metric = Literal["val_loss", "val_accuracy"]
Epoch = Literal["last", "best"]
Seed = Annotated[int, Field(strict=True, ge=0, lt=2**32)]
"""What NumPy and Keras both take."""


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

    # TOML has types: a number in quotes is a mistake.
    model_config = ConfigDict(strict=True)

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
    filters: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (16, 32, 64), min_length=1, strict=False
    )
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
        """Return its one spelling: the order of a combination changes nothing."""
        try:
            return catalogue.canonical_augmentation(name)
        except UserError:
            for part in name.split("+"):
                _known(part.strip(), catalogue.AUGMENTATIONS, "augmentation")
            raise ValueError(f"{name!r} names a part twice; name each once") from None

    @field_validator("backbone")
    @classmethod
    def _known_backbone(cls, name: str | None) -> str | None:
        return name and _known(name, catalogue.BACKBONES, "backbone")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.model == "transfer" and self.backbone is None:
            choices = ", ".join(catalogue.BACKBONES)
            raise ValueError(f'model "transfer" needs a backbone; choices: {choices}')
        problems = [*self._size_problems(), *self._strength_problems()]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def _size_problems(self) -> Iterator[str]:
        minimum = catalogue.minimum_image_size(self.model_dump())
        if self.image_size < minimum:
            name = self.backbone if self.model == "transfer" else f"model {self.model!r}"
            yield (
                f"{name} needs pictures of at least {minimum} pixels, "
                f"image_size is {self.image_size}"
            )

    def _strength_problems(self) -> Iterator[str]:
        if self.augmentation_strength is None or self.augmentation == "none":
            return
        if "+" in self.augmentation:
            yield f"augmentation_strength: the combination {self.augmentation!r} takes none"
            return
        maximum = catalogue.AUGMENTATIONS[self.augmentation].maximum
        if self.augmentation_strength > maximum:
            yield (
                f"augmentation_strength: {self.augmentation} takes at most {maximum:g}, "
                f"got {self.augmentation_strength:g}"
            )


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
        if self.best > len(set(self.of)):
            raise ValueError(f"cannot take the best {self.best} of {len(set(self.of))} values")
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
        factor = str(data.get("factor"))
        return {**data, "values": [_expand_value(value, factor) for value in data["values"]]}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        problems = [*_key_problems(self), *_field_problems(self)]
        if problems:
            raise ValueError("\n".join(problems))
        return self

    def value(self, key: str) -> Value:
        """Return the value with this key."""
        return next(value for value in self.values if value.key == key)


def _key_problems(study: Study) -> Iterator[str]:
    """Yield what is wrong with the keys of a study's values and with what names them."""
    keys = [value.key for value in study.values]
    plain = [value.key for value in study.values if value.combine is None]
    repeated = sorted({key for key in keys if keys.count(key) > 1})
    if repeated:
        yield f"values repeat: {', '.join(repeated)}"
    combined = [key for value in study.values if value.combine for key in value.combine.of]
    named = {
        "choose.value": (keys, [study.choose.value] if study.choose and study.choose.value else []),
        "summaries": (keys, list(study.summaries)),
        "combine.of": (plain, combined),
    }
    for place, (choices, wanted) in named.items():
        for key in wanted:
            if key not in choices:
                yield f"{place} names {key!r}; the values are {', '.join(choices)}"
    if len(plain) < len(keys) and study.factor != "augmentation":
        yield f"combine joins augmentations; the factor is {study.factor!r}"


def _field_problems(study: Study) -> Iterator[str]:
    """Yield what is wrong with single settings, whatever the base they are laid on."""
    for value in study.values:
        try:
            Settings.model_validate({**study.set, **value.settings})
        except ValidationError as error:
            # Without a place it is about settings together, which the base decides too.
            lines = _lines([item for item in error.errors() if item["loc"]], Settings)
            yield from (f"value {value.key!r}: {line}" for line in lines)


def _expand_value(value: Any, factor: str) -> Any:
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

    seeds: tuple[Seed, ...] | None = Field(None, min_length=1)
    missing_weights: Literal["stop", "random"] = "stop"
    """What to do where a backbone's ImageNet weights can neither be found nor downloaded."""
    study: dict[str, StudyProfile] = {}


class Data(Frozen):
    """Where the pictures come from."""

    source: str = "synthetic"
    """`synthetic`, or a folder of pictures."""
    name: Text | None = None
    seed: Seed = 0
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
    seeds: tuple[Seed, ...] = Field((0,), min_length=1)
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
        problems = [
            *_order_problems(self.studies),
            *_profile_problems(self),
            *_language_problems(self),
        ]
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


def _language_problems(report: Report) -> Iterator[str]:
    """Yield the texts that do not stand in the language of the report."""
    for place, text in _texts(report):
        if isinstance(text, dict) and report.language not in text:
            yield f"{place}: there is no text in {report.language!r}, only in {', '.join(text)}"


def _texts(report: Report) -> Iterator[tuple[str, Text | None]]:
    for name in ("title", "subtitle", "course", "abstract"):
        yield name, getattr(report, name)
    yield "data.name", report.data.name
    for study in report.studies:
        for name in ("title", "question", "factor_label"):
            yield f"study {study.name!r}, {name}", getattr(study, name)
        if study.choose is not None:
            yield f"study {study.name!r}, choose.because", study.choose.because
        for value in study.values:
            yield f"study {study.name!r}, value {value.key!r}, label", value.label


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
            for line in _lines(error.errors(), Settings):
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
    except OSError as error:
        raise SpecError(f"{path} cannot be read", [str(error)]) from None
    except (ValueError, RecursionError) as error:
        raise SpecError(f"{path} is not a TOML file", [str(error)]) from None
    return check_report(data, str(path))


def check_report(data: Mapping[str, Any], source: str) -> Report:
    """Return the report that the tables of a TOML file describe.

    Raises:
        SpecError: `source` has mistakes: all of them at once.
    """
    try:
        return Report.model_validate(data)
    except ValidationError as error:
        raise SpecError(f"{source} has mistakes", _lines(error.errors(), Report, data)) from None


def _lines(
    errors: Sequence[Mapping[str, Any]], model: type[BaseModel], data: Any = None
) -> list[str]:
    """Say each mistake of a description in a line: the key, the rule, what came."""
    lines = []
    for item in errors:
        # A list that is short of its bad items only is not short.
        inside = (other["loc"][: len(item["loc"])] == item["loc"] for other in errors)
        if item["type"] == "too_short" and sum(inside) > 1:
            continue
        message = item["msg"].removeprefix("Value error, ")
        if item["type"] == "extra_forbidden":
            near = difflib.get_close_matches(str(item["loc"][-1]), _keys_at(model, item["loc"]), 1)
            message = "unknown key" + (f" (did you mean {near[0]!r}?)" if near else "")
        elif item["type"] not in ("value_error", "missing"):
            message = f"{message}, got {reprlib.repr(item['input'])}"
        where = ".".join(_place(item["loc"], data))
        lines += [f"{where}: {part}" if where else part for part in message.splitlines()]
    return list(dict.fromkeys(lines))


def _place(loc: Sequence[int | str], data: Any) -> Iterator[str]:
    """Yield the parts of a place; a table in a list goes by its name rather than its number."""
    for part in loc:
        data = _item(data, part)
        name = data.get("name", data.get("key")) if isinstance(data, dict) else None
        yield name if isinstance(part, int) and isinstance(name, str) else str(part)


def _item(data: Any, part: int | str) -> Any:
    try:
        return data[part]
    except (TypeError, KeyError, IndexError):
        return None


def _keys_at(model: type[BaseModel], loc: Sequence[int | str]) -> list[str]:
    """Return the keys that the table at a place of a description takes."""
    for part in loc[:-1]:
        fields = {field.alias or name: field for name, field in model.model_fields.items()}
        if part in fields:
            model = next(_models_in(fields[str(part)].annotation), model)
    return [field.alias or name for name, field in model.model_fields.items()]


def _models_in(annotation: Any) -> Iterator[type[BaseModel]]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models_in(part)


def apply_profile(report: Report, name: str) -> Report:
    """Return the report with a profile's seeds, epochs and settings in place.

    Raises:
        SpecError: The report has no such profile, or the profile sets what is not allowed.
    """
    if name not in report.profiles:
        choices = ", ".join(report.profiles) or "none"
        raise SpecError(f"there is no profile {name!r}", [f"the report's profiles: {choices}"])
    profile = report.profiles[name]
    source = f"profile {name!r}"
    try:
        base = Settings.model_validate({**report.base.model_dump(), **profile.set})
    except ValidationError as error:
        lines = _lines(error.errors(), Settings)
        raise SpecError(f"{source} has mistakes", [f"set.{line}" for line in lines]) from None
    changed = {
        "base": base.model_dump(),
        "seeds": profile.seeds or report.seeds,
        "study": [_in_profile(study, base, profile) for study in report.studies],
    }
    return check_report({**report.model_dump(by_alias=True), **changed}, source)


def with_language(report: Report, language: Language) -> Report:
    """Return the report in another language.

    Raises:
        SpecError: Some of its texts do not stand in that language.
    """
    changed = report.model_copy(update={"language": language})
    problems = list(_language_problems(changed))
    if problems:
        raise SpecError(f"the report cannot be written in {language!r}", problems)
    return changed


def _in_profile(study: Study, base: Settings, profile: Profile) -> Study:
    own = profile.study.get(study.name, StudyProfile())
    share = own.epochs or profile.epochs or 1.0
    epochs = study.set.get("epochs", base.epochs)
    changed = {**study.set, "epochs": max(1, round(share * epochs)), **own.set}
    return study.model_copy(update={"set": changed})


def with_weights(report: Report, weights: Mapping[str, str]) -> Report:
    """Return the report with other pretrained weights.

    Args:
        report: To be changed.
        weights: `random`, `imagenet` or a file, by backbone; the key "" stands for every other.

    Raises:
        SpecError: A backbone is unknown.
    """
    unknown = [name for name in weights if name and name not in catalogue.BACKBONES]
    if unknown:
        choices = ", ".join(catalogue.BACKBONES)
        problems = [f"{name!r} is none of the backbones: {choices}" for name in unknown]
        raise SpecError("weights are given to an unknown backbone", problems)
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


def named_settings(name: str, *, image_size: int) -> Settings:
    """Return settings for a model, or for a backbone with its head and random weights, by name.

    Raises:
        SpecError: There is no such model or backbone, or the pictures are too small for it.
    """
    is_backbone = name in catalogue.BACKBONES
    fields: dict[str, Any] = {"model": name, "image_size": image_size}
    if is_backbone:
        fields |= {"model": "transfer", "backbone": name, "weights": "random"}
    choices = [*(model for model in catalogue.MODELS if model != "transfer"), *catalogue.BACKBONES]
    if name not in choices:
        near = difflib.get_close_matches(name, choices, n=1)
        guess = f" (did you mean {near[0]!r}?)" if near else ""
        raise SpecError(
            f"there is no model or backbone {name!r}{guess}", [f"choices: {', '.join(choices)}"]
        )
    try:
        return Settings.model_validate(fields)
    except ValidationError as error:
        raise SpecError(f"{name} cannot be built so", _lines(error.errors(), Settings)) from None
