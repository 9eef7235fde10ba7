"""Tests a report without pytest's options: its folder in, the exit code out."""

import os
from pathlib import Path

from scenes.errors import MachineError


def run_tests(folder: Path) -> int:
    """Test what a report uses and print each fact; return 0 if all hold, else 1.

    Its components are accepted by then. No configuration of pytest's is read, so that the outcome
    does not depend on where the folder lies.

    Raises:
        MachineError: What tests with is not installed here.
    """
    try:
        import hypothesis
        import pytest
    except ImportError as error:
        raise MachineError(
            "The tests of components cannot run here.",
            [f"{error.name} is not installed; it is an extra of the package"],
            "Install it with: pip install 'scenes[testing]'",
        ) from None
    del hypothesis
    options = ["-v", "--no-header", "--tb=short", "-c", os.devnull, "--rootdir", str(folder)]
    options += ["-p", "no:cacheprovider", "-p", "no:scenes", "-p", "scenes.testing.plugin"]
    code = pytest.main([*options, "-W", "ignore", str(folder / "report.toml")])
    return int(code != pytest.ExitCode.OK)
