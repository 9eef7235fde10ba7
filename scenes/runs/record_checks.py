"""What the JSON files of a record must hold, whoever wrote them.

A file may hold more than is named here: a later version can add to it without a new format.
"""

from datetime import datetime
from typing import Annotated, Any

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

Count = Annotated[int, Field(ge=0, le=10**15)]
Seconds = Annotated[float, Field(ge=0, le=1e10)]
LAST_YEAR = 9000
"""In which a run can start: however long it takes, its end can still be written."""
Word = Annotated[str, StringConstraints(min_length=1)]


def _check_time(text: str) -> str:
    try:
        year = datetime.fromisoformat(text).astimezone().year
    except OverflowError:
        year = 0
    if not 1 < year <= LAST_YEAR:
        raise ValueError("not a time of this calendar")
    return text


def _check_model(settings: dict[str, Any]) -> dict[str, Any]:
    if not isinstance(settings.get("model"), str):
        raise ValueError("they name no model")
    return settings


class _File(BaseModel):
    model_config = ConfigDict(extra="allow", strict=True, protected_namespaces=())


class Identity(_File):
    """What a run is; `scenes.runs.identity` says how it is made."""

    settings: Annotated[dict[str, Any], AfterValidator(_check_model)]
    seed: Count
    data: str
    versions: dict[str, str] | None


class Outcome(_File):
    """Which epoch was kept, counted from 1, and whether the run ended before its time."""

    kept_epoch: Annotated[int, Field(ge=1)]
    stopped_early: bool


class Layer(_File):
    """A layer of a model."""

    name: str
    type: str
    output_shape: list[int | None]
    parameters: Count
    trainable: Count


class Structure(_File):
    """A model, or the backbone in it."""

    name: str
    layers: list[Layer]
    parameters: Count
    trainable: Count
    frozen: Count


class Summary(Structure):
    """A model with its backbone as it is before anything is frozen, if it has one."""

    backbone: Structure | None


class Pictures(_File):
    """How many pictures of each split the run took."""

    train: Count
    val: Count


class Environment(_File):
    """Where, when and with what a run was trained. None of it is part of what the run is.

    Attributes:
        scenes, python: Versions.
        libraries: Versions, as the worker imported them.
        system: Operating system, with the C library.
        processor, cores: As the system names and counts them.
        instruction_set: The widest that the libraries use for arithmetic (oneDNN's name).
        threads: That compute.
        started: Time in ISO 8601.
        seconds: Wall time of building, features, training and validation.
        resumed: How often it went on from a checkpoint.
        pictures: From which, with the seconds, other runs learn how long they take.
    """

    scenes: str
    python: str
    libraries: dict[str, str]
    system: str
    processor: str
    cores: Count | None
    instruction_set: str
    threads: Count
    started: Annotated[str, AfterValidator(_check_time)]
    seconds: Seconds
    resumed: Count
    pictures: Pictures


Classes = Annotated[list[Word], Field(min_length=1)]

IDENTITY: TypeAdapter[Any] = TypeAdapter(Identity)
OUTCOME: TypeAdapter[Any] = TypeAdapter(Outcome)
SUMMARY: TypeAdapter[Any] = TypeAdapter(Summary)
ENVIRONMENT: TypeAdapter[Any] = TypeAdapter(Environment)
CLASSES: TypeAdapter[Any] = TypeAdapter(Classes, config=ConfigDict(strict=True))


def check_json(value: Any, expected: "TypeAdapter[Any]") -> Any:
    """Return a value as it is, if it is as expected.

    Raises:
        ValueError: It is not; with the first place and the reason.
    """
    try:
        expected.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        reason = first["msg"].removeprefix("Value error, ")
        raise ValueError(f"{place}: {reason}" if place else reason) from None
    return value
