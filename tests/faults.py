"""Carries out an action again and again, each time with another step of its writing failing."""

import errno
import itertools
import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from scenes.errors import StorageError

ERRORS = {"full disk": errno.ENOSPC, "broken disk": errno.EIO, "read-only": errno.EROFS}
STEPS: dict[str, Callable[..., Any]] = {
    "os.fsync": os.fsync,
    "pathlib.Path.replace": Path.replace,
    "pathlib.Path.open": Path.open,
    "pathlib.Path.mkdir": Path.mkdir,
    "pathlib.Path.unlink": Path.unlink,
}


@dataclass
class Broken:
    """A step that fails at one of its calls, as the system makes it fail.

    Attributes:
        step: What does the work.
        root: Calls for a path elsewhere do not count.
        at: The number of the call that fails.
        error: What the system says.
        copy: Where the folder is copied as it is at that moment: what a killed process leaves.
    """

    step: Callable[..., Any]
    root: Path
    at: int
    error: int
    copy: Path
    calls: int = 0

    def __get__(self, instance: object, owner: type) -> Callable[..., Any]:
        return lambda *args, **named: self(instance, *args, **named)

    def __call__(self, *args: Any, **named: Any) -> Any:
        """Do what the step does, or raise."""
        if not isinstance(args[0], Path) or args[0].is_relative_to(self.root):
            self.calls += 1
            if self.calls == self.at:
                shutil.copytree(self.root, self.copy)
                raise OSError(self.error, os.strerror(self.error))
        return self.step(*args, **named)


def faults(
    root: Path, action: Callable[[], object], error: int
) -> Iterator[tuple[str, bool, tuple[Path, Path]]]:
    """Give, for every step of an action, what is left after it failed.

    Args:
        root: The folder that the action writes in; it is put back for each step.
        action: May raise `StorageError` and nothing else.
        error: What the system says.

    Yields:
        The step, whether the action failed, and two folders: what a program that was told of it
        leaves, and what one leaves that was killed at that instant.
    """
    before, copy = root.with_name("before"), root.with_name("killed")
    shutil.copytree(root, before)
    for name, step in STEPS.items():
        for at in itertools.count(1):
            broken = Broken(step, root, at, error, copy)
            has_failed = False
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(name, broken)
                try:
                    action()
                except StorageError:
                    has_failed = True
            if broken.calls < at:
                break
            yield f"{name} {at}", has_failed, (root, copy)
            shutil.rmtree(copy)
            shutil.rmtree(root)
            shutil.copytree(before, root)
        shutil.rmtree(root)
        shutil.copytree(before, root)
