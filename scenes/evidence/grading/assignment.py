"""What a teacher asks for: an assignment's TOML file in, a checked `Assignment` out."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Self

from pydantic import Field, ValidationError, field_validator, model_validator

from scenes.claims.facts import MEASURES
from scenes.errors import SpecError
from scenes.spec.factor import key_of
from scenes.spec.seeds import MOST
from scenes.spec.settings import Frozen, Settings
from scenes.spec.study import Name
from scenes.spec.text import NAME_LENGTH
from scenes.spec.toml_file import parse_toml
from scenes.spec.toml_lines import locate_keys
from scenes.spec.validation import Mistake, MistakesError, find_mistakes, guess, mistake_lines

Points = float
LARGEST = 2**20
"""Bytes of an assignment; a long one has ten thousand."""


class AskedData(Frozen):
    """The pictures on which everybody works.

    Attributes:
        fingerprint: As `scenes dataset PATH` prints it.
        points: For using them.
    """

    fingerprint: str = Field(pattern=r"^[0-9a-f]{64}$")
    points: Points = Field(0, ge=0)


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
    least_seeds: int | None = Field(None, ge=1, le=MOST)
    points: Points = Field(0, ge=0)

    @field_validator("values", mode="before")
    @classmethod
    def _keys(cls, values: object) -> object:
        return [key_of(it) for it in values] if isinstance(values, list | tuple) else values

    @model_validator(mode="after")
    def _known(self) -> Self:
        names = Settings.names()
        wrong = [
            Mistake(("set", name), f"{name!r} is no setting{guess(name, names)}")
            for name in self.set
            if name not in names
        ]
        if wrong:
            raise MistakesError(wrong)
        return self


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
    equals: float
    within: float = Field(0, ge=0)
    points: Points = Field(0, ge=0)

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
    points: Points = Field(0, ge=0)


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
    least_seeds: int = Field(1, ge=1, le=MOST)
    seed_points: Points = Field(0, ge=0)
    handout: tuple[str, ...] = ()
    data: AskedData | None = None
    studies: tuple[AskedStudy, ...] = Field((), alias="study", max_length=MOST)
    facts: tuple[AskedFact, ...] = Field((), alias="fact", max_length=MOST)
    judgements: tuple[AskedJudgement, ...] = Field((), alias="judge", max_length=MOST)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if mistakes := list(_mistakes(self)):
            raise MistakesError(mistakes)
        return self

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


def _mistakes(assignment: Assignment) -> Iterator[Mistake]:
    names = [study.name for study in assignment.studies]
    by_name = {study.name: study for study in assignment.studies}
    for index, name in enumerate(names):
        if name in names[:index]:
            yield Mistake(("study", index, "name"), f"there are two studies {name!r}")
    named = [("fact", index, it.study) for index, it in enumerate(assignment.facts)]
    judged = enumerate(assignment.judgements)
    for part, index, name in [*named, *(("judge", index, it.study or "") for index, it in judged)]:
        if name and name not in names:
            text = f"there is no study {name!r}{guess(name, names)}"
            yield Mistake((part, index, "study"), f"{text}; choices: {', '.join(names) or 'none'}")
    for index, fact in enumerate(assignment.facts):
        values = by_name[fact.study].values if fact.study in by_name else (fact.value,)
        if fact.value not in values:
            text = f"study {fact.study!r} asks for no value {fact.value!r}"
            yield Mistake(("fact", index, "value"), f"{text}; choices: {', '.join(values)}")
    if assignment.seed_points and not assignment.nonce:
        yield Mistake(("seed_points",), "needs a nonce, from which seeds follow")


def load_assignment(path: Path) -> Assignment:
    """Read and check an assignment.

    Raises:
        SpecError: The file is missing, is not TOML, or has mistakes: all of them at once.
    """
    try:
        content = path.read_bytes()
        if len(content) > LARGEST:
            raise ValueError(f"it has {len(content):,} bytes, more than any assignment")
        text, data = parse_toml(content)
    except OSError as error:
        hint = "An assignment is a TOML file: see docs/how-to/grade.md"
        raise SpecError(f"{path} cannot be read", [error.strerror or str(error)], hint) from None
    except ValueError as error:
        raise SpecError(f"{path} is not a TOML file", [str(error)]) from None
    try:
        found = Assignment.model_validate(data)
    except ValidationError as error:
        mistakes = find_mistakes(error, Assignment)
        lines = mistake_lines(mistakes, data, file=path.name, lines=locate_keys(text))
        raise SpecError(f"{path} has mistakes", lines) from None
    missing = [name for name in found.handout if not (path.parent / name).is_dir()]
    if missing:
        lines = [f"handout: there is no folder {path.parent / name}" for name in missing]
        raise SpecError(f"{path} has mistakes", lines)
    return found
