"""What is studied: the parts of a report.toml around its studies, validated and immutable.

Every name, type and range is checked here, with all mistakes in one message, so that nothing
long starts on a description that cannot be carried out. Nothing here looks at pictures, records
or TensorFlow.
"""

from collections.abc import Iterator, Sequence
from typing import Annotated, Literal, Self

from pydantic import Field, StringConstraints, field_validator, model_validator

from scenes.spec import registry
from scenes.spec.expected import Counts, expected_mistakes
from scenes.spec.layout import Layout, Task, layout_mistakes
from scenes.spec.profile import Profile
from scenes.spec.seeds import FEWEST, Seed, Seeds, expand_seeds, seed_mistakes
from scenes.spec.settings import Frozen, Settings
from scenes.spec.slurm import Slurm
from scenes.spec.study import MOST, FigureName, Metric, Name, Study, setting_mistakes
from scenes.spec.text import Language, Person, ShortText, Text, said_in
from scenes.spec.toml_lines import KeyPath
from scenes.spec.validation import Mistake, MistakesError, guess

MOST_RUNS = 10_000

Rival = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.-]+/[A-Za-z0-9_.-]+$")]
"""A value of a study: the study's name and the value's key."""


class Data(Frozen):
    """Where the pictures come from."""

    source: str = "synthetic"
    """`synthetic`, or a folder, table, archive or arrays of pictures."""
    loader: str | None = None
    """The function of the report's own that reads the source."""
    name: ShortText | None = None
    """What the report calls the data; else what the program calls it."""
    seed: Seed = 0
    """Of the painter, of the split and of what is taken per class."""
    val_share: float = Field(0.2, gt=0, lt=1)
    """Share held out where the pictures have no split of its own."""
    test: float | None = Field(None, gt=0, lt=1)
    """Share of all pictures that is taken from training and sealed as a test set."""
    folds: int | None = Field(None, ge=2, le=20)
    """Number of parts of all pictures, each of which is validation for one network of each value;
    in place of one split and of several seeds."""
    train_per_class: int = Field(100, ge=1, le=100_000)
    """Pictures painted for each class, where the data is synthetic."""
    val_per_class: int = Field(100, ge=1, le=100_000)
    """The same, for validation."""

    @field_validator("loader")
    @classmethod
    def _known_loader(cls, name: str | None) -> str | None:
        known = registry.current().loaders
        if name is None or name in known:
            return name
        choices = ", ".join(known) or "none; declare one in components.py with @loader"
        raise ValueError(f"unknown loader {name!r}{guess(name, known)}; choices: {choices}")

    @model_validator(mode="after")
    def _leaves_some(self) -> Self:
        if self.val_share + (self.test or 0) >= 1:
            raise ValueError(
                f"val_share {self.val_share:g} and test {self.test:g} leave no picture for training"
            )
        return self


class TestSet(Frozen):
    """What is measured on the test set when it is opened, besides the final configuration."""

    rivals: tuple[Rival, ...] = Field((), max_length=MOST)
    """Values of studies, each as `study/value`, that are measured beside it."""


class Components(Frozen):
    """Where the report's own components are; their files are read before anything else is."""

    files: tuple[str, ...] = Field(("components.py",), min_length=1, max_length=MOST)
    """In the report's folder: Python files that declare components."""


class Report(Frozen):
    """One write-up: what is studied, on which pictures, by whom, and how it is written."""

    title: ShortText
    """On the title page and in the running head."""
    subtitle: ShortText = ""
    """Below the title."""
    institution: ShortText = ""
    """Above the title."""
    course: ShortText = ""
    """Above the title."""
    abstract: Text = ""
    """In place of the one that the report writes from its results."""
    authors: tuple[Person, ...] = Field(min_length=1, max_length=MOST)
    """As they are printed."""
    language: Language = "en"
    """Of the document; a catalogue of words in it must exist."""
    template: str = "lab_report.html"
    """A file beside report.toml, or one that is shipped."""
    bibliography: str | None = None
    """A BibTeX file beside report.toml."""
    citation_style: str = "ieee"
    """A numbered style that is shipped, such as `ieee` or `vancouver`, or a CSL file."""
    cite: tuple[str, ...] = ()
    """Keys of the references that are listed though no text cites them."""
    metrics: tuple[Metric, ...] = Field((), max_length=MOST)
    """More metrics, which every study tabulates with their intervals."""
    figures: tuple[FigureName, ...] = ()
    """More figures, of the final configuration and of all networks, in the appendix."""
    list_numbers: bool = False
    """Whether every printed number is listed at the end, with its runs; they are attached as a CSV
    file in any case."""
    typed: dict[str, str] = Field(default_factory=dict)
    """Numbers that the texts may name though nothing here declares them, each with the reason."""
    seeds: Seeds = (0,)
    """Of each value; with `max_seeds`, those that may be trained until a study is decided."""
    max_seeds: int | None = Field(None, ge=FEWEST, le=MOST)
    """Set with `seeds = "until decided"`: seeds are added to a study until its looks decide it."""
    keep_weights: Literal["final", "all", "none"] = "final"
    """Of which runs the trained weights are kept: of the final configuration, once it is known, of
    every run, or of none."""
    equal_within: float = Field(0.02, gt=0, lt=1)
    """Values whose accuracies are shown to differ by less are practically equal: two points."""
    document: Layout = Layout()
    """How it is laid out."""
    data: Data = Data()
    """The pictures."""
    components: Components = Components()
    """Where the report's own components are."""
    base: Settings = Field(default_factory=Settings)
    """The settings from which every study starts."""
    test: TestSet = TestSet()
    """What is measured when the test set is opened."""
    slurm: Slurm = Slurm()
    """What `--cluster slurm` asks for."""
    studies: tuple[Study, ...] = Field(alias="study", min_length=1, max_length=MOST)
    """The studies, in order."""
    profiles: dict[Name, Profile] = Field(default_factory=dict, alias="profile", max_length=MOST)
    """How much of the studies is carried out, by name."""
    workload: tuple[Task, ...] = Field((), max_length=MOST)
    """The rows of the workload table."""
    expected: dict[Name, Counts] = Field(default_factory=dict, max_length=MOST)
    """What networks count: tests compare, and the report prints what its records prove."""

    _expand_seeds = model_validator(mode="before")(expand_seeds)

    @model_validator(mode="after")
    def _whole(self) -> Self:
        mistakes = [
            *_order_mistakes(self.studies),
            *_profile_mistakes(self),
            *language_mistakes(self),
            *_amount_mistakes(self),
            *_rival_mistakes(self),
            *expected_mistakes(self.expected),
            *seed_mistakes(self.seeds, self.max_seeds),
            *fold_mistakes(self),
            *layout_mistakes(self.document, self.authors),
        ]
        for index, study in enumerate(self.studies):
            for mistake in setting_mistakes(study, self.base.model_dump()):
                mistakes.append(Mistake(("study", index, *mistake.place), mistake.text))
        if mistakes:
            raise MistakesError(mistakes)
        return self

    def study(self, name: str) -> Study:
        """Return the study with this name."""
        return next(study for study in self.studies if study.name == name)

    def seeds_of(self, study: Study, key: str) -> tuple[int, ...]:
        """Return the seeds of a value: its own, those of its study, or those of the report.

        With folds there is one for each. Were they the same, so would be their luck, and folds
        could not show how far that goes.
        """
        if self.data.folds:
            return tuple(range(self.seeds[0], self.seeds[0] + self.data.folds))
        return study.value_seeds.get(key) or study.seeds or self.seeds

    @property
    def most_seeds(self) -> int:
        """How many seeds some value has."""
        return max(
            len(self.seeds_of(study, value.key)) for study in self.studies for value in study.values
        )


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


def _amount_mistakes(report: Report) -> Iterator[Mistake]:
    runs = sum(
        len(report.seeds_of(study, value.key)) for study in report.studies for value in study.values
    )
    if runs > MOST_RUNS:
        yield Mistake(("study",), f"must ask for at most {MOST_RUNS:,} runs, these are {runs:,}")


def fold_mistakes(report: Report) -> Iterator[Mistake]:
    """Yield what does not go with folds, each of which has a seed of its own."""
    if not report.data.folds:
        return
    if report.max_seeds or len(report.seeds) > 1:
        text = "with [data] folds, each fold has a seed of its own: name one seed, the first"
        yield Mistake(("seeds",), text)
    if report.seeds[0] + report.data.folds > 2**32:
        yield Mistake(("seeds",), "with [data] folds, must leave seeds for all folds below 2**32")
    for index, study in enumerate(report.studies):
        if study.seeds or study.value_seeds:
            text = "with [data] folds, no study has seeds of its own"
            yield Mistake(("study", index, "seeds"), text)


def _rival_mistakes(report: Report) -> Iterator[Mistake]:
    known = [f"{study.name}/{value.key}" for study in report.studies for value in study.values]
    for index, rival in enumerate(report.test.rivals):
        if rival not in known:
            choices = ", ".join(known)
            text = f"there is no value {rival!r}{guess(rival, known)}; choices: {choices}"
            yield Mistake(("test", "rivals", index), text)


def language_mistakes(report: Report) -> Iterator[Mistake]:
    """Yield the texts that do not stand in the language of the report."""
    for place, text in report_texts(report):
        if isinstance(text, dict) and said_in(text, report.language) is None:
            yield Mistake(
                place, f"there is no text in {report.language!r}, only in {', '.join(text)}"
            )


def report_texts(report: Report) -> Iterator[tuple[KeyPath, Text | None]]:
    """Yield every text that may come in several languages, with its place in the description."""
    for name in ("title", "subtitle", "institution", "course", "abstract"):
        yield (name,), getattr(report, name)
    yield ("data", "name"), report.data.name
    yield ("document", "group"), report.document.group
    for index, study in enumerate(report.studies):
        for name in ("title", "question", "factor_label", "factor_phrase"):
            yield ("study", index, name), getattr(study, name)
        if study.expected is not None:
            yield ("study", index, "expected", "text"), study.expected.text
        if study.choose is not None:
            yield ("study", index, "choose", "because"), study.choose.because
        for number, value in enumerate(study.values):
            yield ("study", index, "values", number, "label"), value.label


def every_text(report: Report) -> Iterator[tuple[KeyPath, str]]:
    """Yield every text of a report, in each language by itself, with its place."""
    for place, text in report_texts(report):
        if isinstance(text, dict):
            yield from (((*place, language), words) for language, words in text.items())
        elif text:
            yield place, text


def written_texts(report: Report) -> Iterator[tuple[KeyPath, str]]:
    """Yield what a reader takes for the authors' own words: the texts that are markdown."""
    names = ("abstract", "question", "because", "expected")
    for place, text in every_text(report):
        if text and any(name in place for name in names):
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
