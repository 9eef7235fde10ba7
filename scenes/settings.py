"""What a run does: every setting with its meaning, unit and range, in an immutable `Settings`."""

import difflib
import reprlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from scenes import catalogue
from scenes.errors import SpecError, UserError


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
        raise SpecError(
            f"{name} cannot be built so", problem_lines(error.errors(), Settings)
        ) from None


def problem_lines(
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
