"""The decorators with which a report brings components of its own: `from scenes import model`.

A decorator checks its arguments and notes on the function what kind of component it is; the
function itself stays as it is. `scenes.spec.component_files` finds the notes. Nothing is entered
anywhere by importing a file.
"""

from collections.abc import Callable, Mapping
from types import FunctionType
from typing import Any, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from scenes.spec.text import ShortText, Text
from scenes.spec.validation import find_mistakes, mistake_lines

NOTE = "__scenes_component__"
Function = TypeVar("Function", bound=Callable[..., Any])
Kind = Literal["models", "augmentations", "schedules", "metrics", "figures", "claims", "loaders"]


class Facts(BaseModel):
    """What a decorator says of a component."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    label: ShortText = Field(default_factory=dict[str, str])


class ModelFacts(Facts):
    """What `@model` says; the counts hold with default settings, 32×32 pixels and 15 classes."""

    minimum_size: int = Field(1, ge=1, le=1024)
    trainable: int | None = Field(None, ge=0)
    frozen: int | None = Field(None, ge=0)
    total: int | None = Field(None, ge=0)
    operations: int | None = Field(None, ge=0)
    learns: bool = True


class AugmentationFacts(Facts):
    """What `@augmentation` says."""

    maximum: float = Field(1.0, gt=0)
    unit: Text = Field(default_factory=dict[str, str])
    assumption: Text = Field(default_factory=dict[str, str])


class MetricFacts(Facts):
    """What `@metric` says; infinite where its range has no end."""

    better: Literal["higher", "lower"] = "higher"
    kind: Literal["percent", "loss"] = "percent"
    low: float = 0.0
    high: float = 1.0
    per_class: bool = False

    @model_validator(mode="after")
    def _has_range(self) -> Self:
        if not self.low < self.high:
            raise ValueError(f"low must be less than high, got {self.low:g} and {self.high:g}")
        return self


class FigureFacts(Facts):
    """What `@figure` says."""

    caption: Text
    alt: Text


class Note:
    """What is noted on a function: its kind and facts, or what is wrong with them."""

    def __init__(self, kind: Kind, facts: type[Facts], given: Mapping[str, Any]) -> None:
        self.kind, self.decorator = kind, f"@{kind.removesuffix('s')}"
        self.problems: list[str] = []
        self.facts = facts.model_construct()
        try:
            self.facts = facts.model_validate(dict(given))
        except ValidationError as error:
            self.problems = mistake_lines(find_mistakes(error, facts))


def note_of(item: object) -> Note | None:
    """Return what a decorator has noted; None where none has, whatever the item is."""
    if not isinstance(item, FunctionType | type):
        return None
    found = item.__dict__.get(NOTE)
    return found if isinstance(found, Note) else None


def model(function: Any = None, /, **facts: Any) -> Any:
    """Declare a model: a function that builds it, `f(*, image_size, classes, …) -> keras.Model`.

    It takes pictures in [0, 255] of shape (n, size, size, 3), and gives probabilities of shape
    (n, classes) in float32. Its other keywords are settings of a report, each with its default.
    Import Keras inside of it: the half of the program that writes reports has none.

    Args:
        function: The function; left out where facts are given.
        **facts: `label`: its name in reports, or one by language, `{"en": …, "es": …}`.
            `minimum_size`: the smallest pictures that it takes, in pixels a side. `trainable`,
            `frozen`, `total`: parameters, and `operations`: multiply-accumulates, which the tests
            compare with what is built for 32×32 pixels, 15 classes and the defaults of all
            settings. `learns`: False where it is not meant to fit ten pictures.
    """
    return _decorated(function, "models", ModelFacts, facts)


def augmentation(function: Any = None, /, **facts: Any) -> Any:
    """Declare an augmentation: `f(pictures, *, strength=…, generator)` returns changed pictures.

    Or `f(pictures, labels, *, strength=…, generator)`, which returns both. Pictures are float32 in
    [0, 255] of shape (n, h, w, 3), labels one-hot float32 of shape (n, classes). What it draws it
    draws with `keras.random` and `seed=generator`. It works inside of `tf.function`.

    Args:
        function: The function; left out where facts are given.
        **facts: `label`: its name in reports, or one by language. `maximum`: the largest strength.
            `unit`: what the strength measures. `assumption`: what it assumes about pictures.
    """
    return _decorated(function, "augmentations", AugmentationFacts, facts)


def schedule(function: Any = None, /, **facts: Any) -> Any:
    """Declare a learning-rate schedule: `f(epoch, *, epochs, …)` returns a share of the rate.

    Epochs are counted from 0; the share is more than 0 and finite. Other keywords are settings.

    Args:
        function: The function; left out where facts are given.
        **facts: `label`: its name in reports, or one by language.
    """
    return _decorated(function, "schedules", Facts, facts)


def metric(function: Any = None, /, **facts: Any) -> Any:
    """Declare a metric: `f(labels, probabilities) -> float`, of the pictures of a split.

    Labels are int64 (n,), probabilities float64 (n, classes). A per-class metric returns float64
    (classes,), NaN where it is undefined. NumPy may be imported at the top of the file.

    Args:
        function: The function; left out where facts are given.
        **facts: `label`: its name in reports, or one by language. `better`: "higher" or "lower".
            `low`, `high`: its range. `kind`: printed as "percent" or as a plain number, "loss".
            `per_class`: whether it has a value for each class.
    """
    return _decorated(function, "metrics", MetricFacts, facts)


def figure(function: Any = None, /, **facts: Any) -> Any:
    """Declare a figure: `f(studies, *, language)` returns a `matplotlib.figure.Figure`.

    `figures = ["f"]` asks for it: at the top of report.toml for all studies with results, in a
    study for this one. Each study is what templates call `study`: its trials have labels, facts
    such as `trial.val_accuracy.value`, and records, `study.plan.trial(trial.key).records`. It is
    drawn in the style of the report, as wide as its text by default, and stands in the appendix
    with number, caption and text alternative. Import matplotlib inside of it.

    Args:
        function: The function.
        **facts: `caption` and `alt`, which describes the picture to those who do not see it: texts,
            or one by language; both are required. `label`: its title in the list of figures.
    """
    return _decorated(function, "figures", FigureFacts, facts)


def claim(function: Any = None, /, **facts: Any) -> Any:
    """Declare a claim: `f(study, key, …) -> Verdict`, which a template uses as `claims.f(…)`.

    The study is a `scenes.plan.plan.StudyPlan`: its trials have records with predictions. The
    verdict is a `scenes.Verdict` of a claim, a status and its reason in numbers.

    Args:
        function: The function; left out where facts are given.
        **facts: `label`: its name in lists, or one by language.
    """
    return _decorated(function, "claims", Facts, facts)


def loader(function: Any = None, /, **facts: Any) -> Any:
    """Declare a reader of pictures: `f(source)` yields a `scenes.Item` for each of them.

    The source is the path that `[data] source` names; `[data] loader` names the function.

    Args:
        function: The function; left out where facts are given.
        **facts: `label`: its name in lists, or one by language.
    """
    return _decorated(function, "loaders", Facts, facts)


def _decorated(
    function: Function | None, kind: Kind, facts: type[Facts], given: Mapping[str, Any]
) -> Any:
    """Return the function with a note, or what notes it on the next one.

    Raises:
        TypeError: What is decorated is neither a function nor a class.
    """
    decorator = f"@{kind.removesuffix('s')}"

    def note(found: Any) -> Any:
        if not isinstance(found, FunctionType | type):
            raise TypeError(
                f"{decorator} stands above a function; facts have names, as in "
                f'{decorator}(label="…"), and {found!r:.60} has none'
            )
        noted = Note(kind, facts, given)
        if (earlier := note_of(found)) is not None:
            noted.problems.append(f"it has two decorators, {earlier.decorator} and {decorator}")
        setattr(found, NOTE, noted)
        return found

    return note if function is None else note(function)
