"""What a teacher asks for: an assignment's TOML file in, a checked `Assignment` out."""

import difflib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from scenes.claims.facts import MEASURES
from scenes.errors import SpecError
from scenes.spec.factor import key_of, unknown_factor
from scenes.spec.seeds import MOST
from scenes.spec.settings import Frozen, Settings
from scenes.spec.study import Name
from scenes.spec.text import NAME_LENGTH
from scenes.spec.toml_file import parse_toml
from scenes.spec.toml_lines import locate_keys
from scenes.spec.validation import Mistake, MistakesError, find_mistakes, guess, mistake_lines
from scenes.system.files import what_is_at
from scenes.system.formatting import printable

# TOML has types: a number in quotes is a mistake.
Points = Annotated[float, Field(strict=True, ge=0, le=1_000_000)]
Number = Annotated[float, Field(strict=True, allow_inf_nan=False)]
Runs = Annotated[int, Field(strict=True, ge=1, le=MOST)]
LARGEST = 2**20
"""Bytes of an assignment; a long one has ten thousand."""
COLUMNS = (
    *("submission", "file", "authors", "verification", "points", "shared"),
    *("data", "seeds"),
)
"""Of the table, beside studies."""
NEAR = 0.85
"""How like a setting a factor must be to be one misspelt; groups have names of their own."""
OPEN = ("model", "augmentation", "learning_rate_schedule")
"""Settings whose values submissions may bring themselves."""


class AskedData(Frozen):
    """The pictures on which everybody works.

    Attributes:
        fingerprint: As `scenes dataset PATH` prints it.
        points: For using them.
    """

    fingerprint: str = Field(pattern=r"^[0-9a-f]{64}$")
    points: Points = 0


class AskedStudy(Frozen):
    """A study that everybody makes.

    Attributes:
        name: As the sheets call it; a submission may call it otherwise.
        factor: That it varies.
        values: That it compares, at least.
        set: Settings that each of its runs must have.
        least_seeds: Runs of each value; None for the assignment's.
        points: For all values with enough runs; in parts for some of them.
    """

    name: Name
    factor: Name
    values: tuple[str, ...] = Field(min_length=1, max_length=MOST)
    set: dict[str, Any] = Field(default_factory=dict)
    least_seeds: Runs | None = None
    points: Points = 0

    @field_validator("name")
    @classmethod
    def _own(cls, name: str) -> str:
        if name in COLUMNS:
            raise ValueError(f"the table of grades has another column {name!r}")
        return name

    @field_validator("factor")
    @classmethod
    def _spelt(cls, factor: str) -> str:
        names = Settings.names()
        if factor not in names and difflib.get_close_matches(factor, names, cutoff=NEAR):
            raise ValueError(unknown_factor(factor).text)
        return factor

    @field_validator("values", mode="before")
    @classmethod
    def _keys(cls, values: object) -> object:
        if not isinstance(values, list | tuple):
            return values
        keys = [key_of(it) for it in values]
        mistakes = [
            Mistake((index,), "asks for one value twice")
            for index, key in enumerate(keys)
            if key in keys[:index]
        ]
        mistakes += [
            Mistake((index,), f"must be a number, a text or a list of numbers, got {it!r}")
            for index, it in enumerate(values)
            if not _is_value(it)
        ]
        if mistakes:
            raise MistakesError(mistakes)
        return keys

    @field_validator("set")
    @classmethod
    def _known(cls, settings: dict[str, Any]) -> dict[str, Any]:
        if mistakes := [it for name, value in settings.items() for it in _wrong(name, value)]:
            raise MistakesError(mistakes)
        return settings

    @model_validator(mode="after")
    def _one_factor(self) -> Self:
        if self.factor in self.set:
            text = f"{self.factor!r} is what the study varies"
            raise MistakesError([Mistake(("set", self.factor), text)])
        return self


def _is_value(value: object) -> bool:
    if isinstance(value, list):
        return bool(value) and all(isinstance(it, int | float) for it in value)
    return isinstance(value, int | float) or (isinstance(value, str) and value != "")


def _wrong(name: str, value: object) -> Iterator[Mistake]:
    """Yield why no run can have a setting; what goes together is another matter."""
    names = Settings.names()
    if name not in names:
        yield Mistake((name,), f"{name!r} is no setting{guess(name, names)}")
        return
    try:
        Settings.model_validate({name: value})
    except ValidationError as error:
        for one in find_mistakes(error, Settings, together=False):
            is_own = name in OPEN and isinstance(value, str) and "did you mean" not in one.text
            if not is_own:
                yield one


class AskedFact(Frozen):
    """A number that follows from the task, such as a count of parameters.

    Attributes:
        title: As the sheets call it.
        study: Of the assignment.
        value: Of that study.
        measure: What is measured of it.
        equals: The number.
        within: How far off it may be.
        points: For a document that prints it and whose records give it.
    """

    title: str = Field(min_length=1, max_length=NAME_LENGTH)
    study: Name
    value: str
    measure: str = "parameters"
    equals: Number
    within: Annotated[Number, Field(ge=0)] = 0
    points: Points = 0

    @field_validator("value", mode="before")
    @classmethod
    def _key(cls, value: object) -> object:
        return key_of(value)

    @field_validator("measure")
    @classmethod
    def _known(cls, measure: str) -> str:
        if measure not in MEASURES:
            choices = ", ".join(MEASURES)
            raise ValueError(f"there is no measure {measure!r}; choices: {choices}")
        return measure


class AskedJudgement(Frozen):
    """What only a person can judge.

    Attributes:
        title: The question.
        study: Of the assignment, whose pages the sheet points to; None for none.
        points: At most.
    """

    title: str = Field(min_length=1, max_length=NAME_LENGTH)
    study: Name | None = None
    points: Points = 0


class Assignment(Frozen):
    """What a teacher asks for.

    Attributes:
        title: Of the assignment.
        nonce: With which seeds follow from names; "" where seeds are free.
        least_seeds: Runs of each value.
        seed_points: For seeds that follow from the name.
        handout: Folders whose prose everybody was given, relative to the assignment.
        data: The pictures; None where each may have their own.
        studies: That are asked for.
        facts: Numbers that are expected.
        judgements: What a person judges.
    """

    title: str = Field(min_length=1, max_length=NAME_LENGTH)
    nonce: str = Field("", max_length=NAME_LENGTH)
    least_seeds: Runs = 1
    seed_points: Points = 0
    handout: tuple[str, ...] = ()
    data: AskedData | None = None
    studies: tuple[AskedStudy, ...] = Field((), alias="study", max_length=MOST)
    facts: tuple[AskedFact, ...] = Field((), alias="fact", max_length=MOST)
    judgements: tuple[AskedJudgement, ...] = Field((), alias="judge", max_length=MOST)

    @model_validator(mode="wrap")
    @classmethod
    def _consistent(cls, data: Any, validate: Callable[[Any], Self]) -> Self:
        """Check what belongs together along with each part by itself."""
        mistakes = list(_mistakes(data)) if isinstance(data, dict) else []
        try:
            found = validate(data)
        except ValidationError as error:
            mistakes = [*find_mistakes(error, cls), *mistakes]
        if mistakes:
            raise MistakesError(mistakes)
        return found

    @property
    def points(self) -> float:
        """All that can be had."""
        studies = sum(one.points for one in self.studies)
        facts = sum(one.points for one in self.facts)
        judged = sum(one.points for one in self.judgements)
        return self.seed_points + studies + facts + judged + (self.data.points if self.data else 0)

    def seeds_of(self, study: AskedStudy) -> int:
        """Return how many runs of each value a study needs."""
        return study.least_seeds or self.least_seeds


def _mistakes(data: Mapping[str, Any]) -> Iterator[Mistake]:
    """Yield where parts of an assignment contradict each other, whatever else is wrong."""
    studies = _tables(data, "study")
    names = [str(it.get("name")) for _, it in studies]
    for place, (index, study) in enumerate(studies):
        if str(study.get("name")) in names[:place]:
            yield Mistake(("study", index, "name"), f"there are two studies {study['name']!r}")
    for part in ("fact", "judge"):
        for index, it in _tables(data, part):
            name = it.get("study")
            if isinstance(name, str) and name not in names:
                text = f"there is no study {name!r}{guess(name, names)}"
                text = f"{text}; choices: {', '.join(names) or 'none'}"
                yield Mistake((part, index, "study"), text)
    asked = {str(it.get("name")): it.get("values") for _, it in studies}
    for index, fact in _tables(data, "fact"):
        values = asked.get(str(fact.get("study")))
        keys = list(map(key_of, values)) if isinstance(values, list) else []
        if keys and "value" in fact and (key := key_of(fact["value"])) not in keys:
            text = f"study {fact['study']!r} asks for no value {key!r}"
            yield Mistake(("fact", index, "value"), f"{text}; choices: {', '.join(keys)}")
    if data.get("seed_points") and not data.get("nonce"):
        yield Mistake(("seed_points",), "needs a nonce, from which seeds follow")


def _tables(data: Mapping[str, Any], part: str) -> list[tuple[int, dict[str, Any]]]:
    """Return the tables of a part by their places."""
    found = data.get(part)
    listed = found if isinstance(found, list | tuple) else []
    return [(index, it) for index, it in enumerate(listed) if isinstance(it, dict)]


def _missing(data: Mapping[str, Any], folder: Path) -> Iterator[Mistake]:
    """Yield the folders of the handout that are not there."""
    named = data.get("handout")
    for index, name in enumerate(named if isinstance(named, list) else []):
        if isinstance(name, str) and what_is_at(folder / name) != "folder":
            yield Mistake(("handout", index), f"there is no folder {printable(folder / name)}")


def load_assignment(path: Path) -> Assignment:
    """Read and check an assignment.

    Raises:
        SpecError: The file is missing, is not TOML, or has mistakes: all of them at once.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError(f"it has more than {LARGEST:,} bytes, more than any assignment")
        text, data = parse_toml(content)
    except OSError as error:
        hint = "An assignment is a TOML file: see docs/how-to/grade.md"
        raise SpecError(f"{path} cannot be read", [error.strerror or str(error)], hint) from None
    except ValueError as error:
        raise SpecError(f"{path} is not a TOML file", [str(error)]) from None
    mistakes = list(_missing(data, path.parent))
    try:
        found = Assignment.model_validate(data)
    except ValidationError as error:
        mistakes = [*find_mistakes(error, Assignment), *mistakes]
    if mistakes:
        lines = mistake_lines(mistakes, data, file=path.name, lines=locate_keys(text))
        raise SpecError(f"{path} has mistakes", lines)
    return found
