"""What a run does: every setting with its meaning, unit and range, in an immutable `Settings`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    PlainValidator,
    TypeAdapter,
    ValidationError,
    field_validator,
    model_validator,
)
from pydantic_core import InitErrorDetails

from scenes.errors import SpecError, UserError
from scenes.spec import registry
from scenes.spec.builtin_backbones import BACKBONES
from scenes.spec.builtin_models import ACTIVATIONS
from scenes.spec.entries import ModelEntry, OwnSetting
from scenes.spec.validation import Mistake, MistakesError, find_mistakes, guess, mistake_lines

EVALUATION_BATCH = 64
"""Pictures that a model predicts at a time. It changes memory, and only the last digits of results:
with 256 pictures of 224×224 a worker takes 2.2 GB, with 64 it takes 1.1 GB, as in training."""

FEATURE_BATCH = 16
"""Pictures that a frozen backbone sees at a time: VGG16 takes 13 MB for each of the first feature
maps of a picture of 224×224."""


class Frozen(BaseModel):
    """A value object: immutable, and strict about keys it does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


def _check_trainable(value: object) -> object:
    if value in ("none", "all") or (type(value) is int and value >= 1):
        return value
    raise ValueError(f'must be "none", "all" or a number of layers, got {value!r}')


class Settings(Frozen):
    """Everything, seed and pictures apart, that decides what a run does.

    Model parameters that the chosen model does not take are ignored by it and by the run's
    identity (`scenes.runs.identity`). Settings that the report's own components bring are extra
    fields, with their defaults where none are set.
    """

    # TOML has types: a number in quotes is a mistake. Extra fields are checked in `_with_own`.
    model_config = ConfigDict(strict=True, extra="allow")

    model: str = "tutorial"
    """The network: a built-in one, a backbone, or one of the report's own."""
    image_size: int = Field(64, ge=8, le=1024)
    """Side of the square pictures, in pixels."""
    interpolation: Literal["nearest", "bilinear", "bicubic", "lanczos"] = "bilinear"
    """How pictures are resized."""
    train_per_class: int | None = Field(None, ge=1, le=10_000_000)
    """Pictures taken from each class for training; all of them where none is given."""
    val_per_class: int | None = Field(None, ge=1, le=10_000_000)
    """Pictures taken from each class for validation; all of them where none is given."""
    batch_size: int = Field(32, ge=1, le=4096)
    """Pictures in a step."""
    epochs: int = Field(50, ge=1, le=100_000)
    """Passes over the training pictures."""
    optimizer: str = "sgd"
    """What changes the weights."""
    learning_rate: float = Field(0.01, gt=0, le=10)
    """Of the first epoch."""
    learning_rate_schedule: str = "constant"
    """How the learning rate changes from epoch to epoch."""
    schedule_factor: float = Field(0.5, gt=0, lt=1)
    """What `step` and `exponential` multiply the rate by in `schedule_every` epochs."""
    schedule_every: int = Field(10, ge=1, le=100_000)
    """Epochs between two steps of `step`, and the unit of `exponential`."""
    schedule_floor: float = Field(0.0, ge=0, lt=1)
    """Share of the rate that `cosine` comes down to after the last epoch."""
    patience: int = Field(0, ge=0, le=100_000)
    """Epochs without a better `stop_by` after which a run ends early; 0: it never does."""
    stop_by: Literal["val_loss", "val_accuracy"] = "val_loss"
    """What `patience` watches."""
    restore_best: bool = False
    """Whether a run with `patience` ends with its best epoch, forgetting those after it."""
    momentum: float = Field(0.0, ge=0, lt=1)
    """Of `sgd`."""
    weight_decay: float = Field(0.0, ge=0, lt=1)
    """Share of each weight that a step takes away."""
    label_smoothing: float = Field(0.0, ge=0, lt=1)
    """Share of a label that is spread over all classes."""
    class_weights: Literal["none", "balanced"] = "none"
    """How much a picture counts in the objective: `balanced` gives every class the same in all."""
    precision: Literal["float32", "mixed_bfloat16"] = "float32"
    """Of the computation; weights are kept in float32."""
    augmentation: str = "none"
    """Random changes of the training pictures; several are joined with `+`."""
    augmentation_strength: float | None = Field(None, gt=0)
    """How much it changes; each augmentation has its own unit and default."""
    activation: str = "relu"
    """Of every hidden layer."""
    filters: tuple[Annotated[int, Field(ge=1, le=4096)], ...] = Field(
        (16, 32, 64), min_length=1, max_length=100, strict=False
    )
    """Filters of each convolution block; their number is the depth."""
    kernel_size: int = Field(3, ge=1, le=31)
    """Side of the convolutions' kernels, in pixels."""
    dense_units: int = Field(128, ge=1, le=65_536)
    """Units of the hidden dense layer."""
    dropout: float = Field(0.0, ge=0, lt=1)
    """Share of the units before the classifier that a step leaves out."""
    backbone: str | None = None
    """The pretrained network of `model = "transfer"`."""
    head_units: int = Field(120, ge=1, le=65_536)
    """Units of the hidden layer on top of a backbone."""
    weights: str = "imagenet"
    """Of the backbone: `imagenet`, `random`, or the path of a weights file."""
    trainable: Annotated[Literal["none", "all"] | int, PlainValidator(_check_trainable)] = "none"
    """What of the backbone is trained: nothing, all, or its last N layers."""

    @property
    def entry(self) -> ModelEntry:
        """Return what the registry holds of the model."""
        return registry.find_model(self.model)

    @property
    def used_backbone(self) -> str | None:
        """Return the backbone that the model is built on; None where it has none."""
        return self.backbone if self.entry.takes_backbone else None

    @property
    def is_frozen(self) -> bool:
        """Return whether only the classifier learns, on features that stay the same."""
        return self.entry.frozen(self.model_dump())

    @classmethod
    def names(cls) -> list[str]:
        """Return the names of all settings, those of own components included."""
        return [*cls.model_fields, *registry.current().settings]

    @model_validator(mode="wrap")
    @classmethod
    def _with_own(cls, data: Any, validate: Callable[[Any], Self]) -> Self:
        """Check the settings of own components along with all others."""
        if not isinstance(data, dict):
            return validate(data)
        known = {name: value for name, value in data.items() if name in cls.model_fields}
        rest = {name: value for name, value in data.items() if name not in known}
        own, errors = check_own(registry.current().settings, rest)
        try:
            settings = validate({**known, **own})
        except ValidationError as error:
            errors = [*(_again(item) for item in error.errors()), *errors]
        if errors:
            raise ValidationError.from_exception_data(cls.__name__, errors)
        return settings

    @field_validator("model")
    @classmethod
    def _known_model(cls, name: str) -> str:
        return _known(name, registry.current().models, "model")

    @field_validator("activation")
    @classmethod
    def _known_activation(cls, name: str) -> str:
        return _known(name, ACTIVATIONS, "activation")

    @field_validator("optimizer")
    @classmethod
    def _known_optimizer(cls, name: str) -> str:
        return _known(name, registry.current().optimizers, "optimizer")

    @field_validator("learning_rate_schedule")
    @classmethod
    def _known_schedule(cls, name: str) -> str:
        return _known(name, registry.current().schedules, "schedule")

    @field_validator("augmentation")
    @classmethod
    def _known_augmentation(cls, name: str) -> str:
        """Return its one spelling: the order of a combination changes nothing."""
        try:
            return registry.canonical_augmentation(name)
        except UserError:
            for part in name.split("+"):
                _known(part.strip(), registry.current().augmentations, "augmentation")
            raise ValueError(f"{name!r} names a part twice; name each once") from None

    @field_validator("backbone")
    @classmethod
    def _known_backbone(cls, name: str | None) -> str | None:
        return name and _known(name, BACKBONES, "backbone")

    @model_validator(mode="after")
    def _agree(self) -> Self:
        if self.entry.takes_backbone and self.backbone is None:
            choices = ", ".join(BACKBONES)
            raise ValueError(f'model "{self.model}" needs a backbone; choices: {choices}')
        mistakes = [*self._size_mistakes(), *self._strength_mistakes()]
        if mistakes:
            raise MistakesError(mistakes)
        return self

    def _size_mistakes(self) -> Iterator[Mistake]:
        minimum = registry.minimum_image_size(self.model_dump())
        if self.image_size < minimum:
            name = self.used_backbone or f"model {self.model!r}"
            yield Mistake(
                ("image_size",),
                f"{name} needs pictures of at least {minimum} pixels, got {self.image_size}",
            )

    def _strength_mistakes(self) -> Iterator[Mistake]:
        if self.augmentation_strength is None or self.augmentation == "none":
            return
        if "+" in self.augmentation:
            yield Mistake(
                ("augmentation_strength",), f"the combination {self.augmentation!r} takes none"
            )
            return
        maximum = registry.current().augmentations[self.augmentation].maximum
        if self.augmentation_strength > maximum:
            yield Mistake(
                ("augmentation_strength",),
                f"{self.augmentation} takes at most {maximum:g}, "
                f"got {self.augmentation_strength:g}",
            )


def check_own(
    known: Mapping[str, OwnSetting], given: Mapping[str, Any]
) -> tuple[dict[str, Any], list[InitErrorDetails]]:
    """Return the settings that own components bring, and what is wrong with those that are given.

    Args:
        known: Which there are.
        given: Those that are no built-in setting.
    """
    values = {name: setting.default for name, setting in known.items()}
    errors: list[InitErrorDetails] = []
    for name, value in given.items():
        if name not in known:
            errors.append({"type": "extra_forbidden", "loc": (name,), "input": value})
            continue
        try:
            values[name] = validate_own(known[name].type, value)
        except ValidationError as error:
            errors += [_again(item, name) for item in error.errors()]
    return values, errors


def validate_own(kind: Any, value: Any) -> Any:
    """Return a value as its annotation says; a list of a TOML file stands for a tuple.

    Raises:
        ValidationError: It is of another type, or out of range.
    """
    return TypeAdapter(kind).validate_python(_as_tuple(value), strict=True)


def _as_tuple(value: Any) -> Any:
    return tuple(map(_as_tuple, value)) if isinstance(value, list) else value


def _again(item: Any, *place: str) -> InitErrorDetails:
    """Return an error that pydantic has reported, to be raised once more."""
    return {
        "type": item["type"],
        "loc": (*place, *item["loc"]),
        "input": item["input"],
        "ctx": item.get("ctx", {}),
    }


def _known(name: str, choices: Sequence[str] | Mapping[str, object], kind: str) -> str:
    if name in choices:
        return name
    raise ValueError(
        f"unknown {kind} {name!r}{guess(name, choices)}; choices: {', '.join(choices)}"
    )


def named_settings(name: str, *, image_size: int) -> Settings:
    """Return settings for a model, or for a backbone with its head and random weights, by name.

    Raises:
        SpecError: There is no such model or backbone, or the pictures are too small for it.
    """
    choices = registry.models_by_name()
    if name not in choices:
        raise SpecError(
            f"there is no model or backbone {name!r}{guess(name, choices)}",
            [f"choices: {', '.join(choices)}"],
        )
    try:
        return Settings.model_validate({**choices[name], "image_size": image_size})
    except ValidationError as error:
        raise SpecError(
            f"{name} cannot be built so", mistake_lines(find_mistakes(error, Settings))
        ) from None
