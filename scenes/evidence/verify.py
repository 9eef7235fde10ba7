"""Checks a PDF from the PDF alone: its path in, findings out.

The file may be anybody's. It is read, made again and compared in one child process without network
and with limits of time and memory.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError

from scenes.errors import UserError
from scenes.evidence.findings import Finding
from scenes.evidence.pdf_file import LARGEST
from scenes.evidence.printed_pictures import PrintedSet
from scenes.evidence.recorded_runs import RunId, Sample
from scenes.system.files import what_is_at
from scenes.system.formatting import printable, said_size
from scenes.system.limited_child import (
    ChildEndedError,
    ChildRaisedError,
    LimitedChild,
    Limits,
)

TIME_LIMIT = 300
"""Seconds; a report of 60 runs takes ten."""
MEMORY_LIMIT = 4 * 2**30
Listed = TypeVar("Listed")
ENTRY = "scenes.evidence.checking:prepare"


class Verifier:
    """The child process that checks documents: one after the other, until it is closed.

    Args:
        seconds: That it may take for a document.
        trust: Run the code of its authors that a document brings. Each document then has a process
            of its own, as such code can change what the process says of the next.
    """

    def __init__(self, *, seconds: float = TIME_LIMIT, trust: bool = False) -> None:
        self._trust, self._is_fresh = trust, True
        self._child = LimitedChild(ENTRY, limits=Limits(seconds, MEMORY_LIMIT))

    def __enter__(self) -> "Verifier":
        return self

    def __exit__(self, *_: object) -> None:
        self._child.close()

    def verify(self, path: Path) -> list[Finding]:
        """Return what there is to say of a PDF; it never raises for what is in the file.

        Raises:
            UserError: There is no such file.
        """
        if (found := what_is_at(path)) != "file":
            said = "there is no file here" if found == "nothing" else "it is no regular file"
            raise UserError(f"{printable(path)}: {said}", ["a PDF is expected"])
        if (size := path.stat().st_size) > LARGEST:
            text = f"it has {said_size(size)}, more than any report"
            return [Finding("whole", "fails", "no report", text)]
        if self._trust and not self._is_fresh:
            self._child.end()  # the next job starts it anew
        self._is_fresh = False
        try:
            job = {"ask": "findings", "path": str(path.resolve()), "trust": self._trust}
            return TypeAdapter(list[Finding]).validate_python(self._child.ask(job))
        except ChildEndedError as error:
            return [Finding("whole", "unknown", "limits", _said(error))]
        except (ChildRaisedError, ValidationError) as error:
            text = f"the check itself failed ({error})"
            return [Finding("whole", "unknown", "check", " ".join(text.split())[:300])]

    def run_ids(self) -> list[str]:
        """Return the ids of the finished runs on which the document rests that was checked last.

        Raises:
            UserError: It has none that can be listed.
        """
        return self._ask_runs({"ask": "ids"}, TypeAdapter(list[RunId]))

    def runs(self, ids: Sequence[str]) -> Sample:
        """Return some runs of the document that was checked last.

        Raises:
            UserError: They cannot be listed.
        """
        return self._ask_runs({"ask": "runs", "ids": list(ids)}, TypeAdapter(Sample))

    def printed(self) -> PrintedSet:
        """Return the pictures that the document prints that was checked last.

        Raises:
            UserError: They cannot be listed.
        """
        return self._ask_runs({"ask": "printed"}, TypeAdapter(PrintedSet))

    def _ask_runs(self, job: Mapping[str, Any], expected: "TypeAdapter[Listed]") -> Listed:
        try:
            return expected.validate_python(self._child.ask(job))
        except (ChildEndedError, ChildRaisedError, ValidationError) as error:
            said = " ".join(str(error).split())[:300]
            raise UserError("What this document rests on cannot be listed.", [said]) from None


def _said(error: ChildEndedError) -> str:
    if error.reason == "time":
        return f"it was not checked within {TIME_LIMIT} seconds"
    if error.reason == "memory":
        return f"checking it needs more than {said_size(MEMORY_LIMIT)} of memory"
    return f"the process that checks it ended with code {error.code}"
