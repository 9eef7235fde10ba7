"""The pytest plugin: a folder with a report.toml is collected as tests of what the report uses.

It is quiet where there is none. Each test says what it holds:
`mine/report.toml::small_resnet::every trainable weight gets a gradient`. Running pytest on a folder
runs the code in it, as pytest does by itself; `scenes test` asks first.
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from scenes.testing.cases import Test

NAME = "report.toml"


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> "ReportFile | None":
    """Collect a report."""
    if file_path.name != NAME:
        return None
    return ReportFile.from_parent(parent, path=file_path)


class ReportFile(pytest.File):
    """The tests of a report."""

    def collect(self) -> Iterator[pytest.Item | pytest.Collector]:
        """Yield one collector for the writing, and one for each component that is used."""
        from scenes.errors import ScenesError
        from scenes.spec.component_files import components_of
        from scenes.spec.component_sources import find_origin
        from scenes.spec.loader import read_description
        from scenes.testing.cases import facts_of
        from scenes.testing.writing_checks import writing_tests

        try:
            with components_of(find_origin(self.path.parent)):
                report = read_description(self.path).report
                found = [*writing_tests(self.path.parent), *facts_of(report, self.path.parent)]
        except ScenesError as error:
            raise pytest.Collector.CollectError(str(error)) from None
        groups: dict[str, list[Test]] = {}
        for test in found:
            groups.setdefault(test.component, []).append(test)
        for name, tests in groups.items():
            yield Component.from_parent(self, name=name, tests=tests)


class Component(pytest.Collector):
    """The tests of one component."""

    def __init__(self, *, tests: "list[Test]", **options: Any) -> None:
        super().__init__(**options)
        self._tests = tests

    def collect(self) -> Iterator[pytest.Item]:
        """Yield a test for each fact."""
        for test in self._tests:
            yield FactItem.from_parent(self, name=test.fact, run=test.run)


class FactItem(pytest.Item):
    """A test of one fact."""

    def __init__(self, *, run: Callable[[], None], **options: Any) -> None:
        super().__init__(**options)
        self._run = run

    def runtest(self) -> None:
        """Try to refute the fact, with the components of its report in force."""
        from scenes.spec.component_files import components_of
        from scenes.spec.component_sources import find_origin

        with components_of(find_origin(self.path.parent)):
            self._run()

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], *_: Any, **__: Any) -> str:
        """Say what came instead; of an error in own code, with the lines that led to it."""
        from scenes.errors import ScenesError
        from scenes.spec.own_errors import own_frames, told
        from scenes.testing.checks import Refuted

        error = excinfo.value
        if isinstance(error, Refuted | ScenesError):
            return str(error)
        lines = [f"{place}: {line}" for place, line in own_frames(error, [self.path.parent])]
        return "\n".join([*lines, told(error)])

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """Return the file, and the name as `report::component::fact`."""
        component = self.parent.name if self.parent else ""
        return self.path, None, f"{self.path.parent.name}::{component}::{self.name}"
