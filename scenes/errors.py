"""Every error that a user can meet, with the exit code of the command line.

A `UserError` is something that the user must mend (exit code 2); any other `ScenesError` is
something that failed (exit code 1). The library raises them; only `scenes.cli.main` prints them.
"""

from collections.abc import Iterable
from pathlib import Path


class ScenesError(Exception):
    """Something failed: a training, a rendering, a record that cannot be written."""

    exit_code = 1


class UserError(ScenesError):
    """Something that the user must mend, with all of its problems at once.

    Args:
        heading: What was being done, in one line.
        problems: One line per problem: the rule, what came, the choices.
        hint: The next step, where there is one for all the problems.
    """

    exit_code = 2

    def __init__(self, heading: str, problems: Iterable[str] = (), hint: str = "") -> None:
        self.heading = heading
        self.problems = tuple(problems)
        self.hint = hint
        super().__init__(heading)

    def __str__(self) -> str:
        lines = [self.heading, *(f"  - {problem}" for problem in self.problems)]
        return "\n".join([*lines, self.hint] if self.hint else lines)

    def __reduce__(self) -> tuple[type["UserError"], tuple[str, tuple[str, ...], str]]:
        """Cross process boundaries whole: the default would pass the heading alone."""
        return type(self), (self.heading, self.problems, self.hint)


class SpecError(UserError):
    """The description of a report (report.toml) has mistakes."""


class DataError(UserError):
    """The pictures cannot be used as they are."""


class WeightsError(UserError):
    """Pretrained weights are missing or do not fit."""


class MachineError(UserError):
    """The machine lacks something that the program needs."""


class IdentityError(UserError):
    """A worker would train another run than the planned one: other code, libraries or pictures."""


class TestSetError(UserError):
    """A test set cannot be opened, or was opened before."""

    __test__ = False  # pytest collects classes by their names


class TrainingError(ScenesError):
    """A run failed while it trained."""


class StorageError(ScenesError):
    """What is to be kept cannot be written: a full disk, a folder without permission.

    Args:
        place: The file or folder.
        cause: What the system says.
    """

    def __init__(self, place: Path, cause: OSError | str) -> None:
        self.place, self.cause = place, cause
        said = cause.strerror or str(cause) if isinstance(cause, OSError) else cause
        super().__init__(
            f"{place} cannot be written: {said}. What was recorded before is kept. "
            "Make room or give yourself the right to write there, or name another --store; "
            "then the same command goes on from here."
        )

    def __reduce__(self) -> tuple[type["StorageError"], tuple[Path, OSError | str]]:
        """Cross process boundaries whole: the default would pass the message for a place."""
        return type(self), (self.place, self.cause)


class RenderError(ScenesError):
    """The document cannot be written as its template asks."""
