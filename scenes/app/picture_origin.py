"""Whether the pictures that a document prints are those of a data set that is here."""

import tempfile
from pathlib import Path

from scenes.app.listed_pictures import find_pictures
from scenes.data.image_files import PictureError
from scenes.errors import DataError
from scenes.evidence.findings import ORIGIN, Finding, State
from scenes.evidence.printed_pictures import differing
from scenes.evidence.verify import Verifier
from scenes.runs.store import Store
from scenes.system.formatting import printable, said_count
from scenes.system.scratch import scratch_folder

MOST_OFF = 3
"""Levels, of 255: decoders may round otherwise; another picture is off by far more."""
SHOWN = 3


def check_origin(verifier: Verifier, data: Path) -> Finding:
    """Compare the printed pictures of the document that was checked last with a data set.

    Args:
        verifier: Has checked the document.
        data: The data set, in any form that reports take.

    Raises:
        UserError: What it prints cannot be listed.
    """
    asked = verifier.printed()
    with tempfile.TemporaryDirectory(dir=scratch_folder()) as folder:
        try:
            dataset = find_pictures(asked.listed, data, store=Store(Path(folder)))
            # A path here may be written in another form of Unicode than the document has.
            paths = {
                listed.path: found.path.as_posix()
                for listed, found in zip(asked.listed.train, dataset.splits["train"], strict=True)
            }
            here = [dataset.printed(paths[it.path], it.side, it.shape) for it in asked.printed]
            differ = differing(asked.printed, here, most=MOST_OFF)
        except (DataError, PictureError, OSError, ValueError) as error:
            return _origin("unknown", f"the printed pictures could not be compared: {error}")
    count = said_count(len(asked.printed), "printed picture|pictures")
    if differ:
        shown = ", ".join(map(printable, differ[:SHOWN])) + (", …" if differ[SHOWN:] else "")
        return _origin("fails", f"{len(differ)} of {count} differ from this data set: {shown}")
    return _origin("holds", f"{count} compared with this data set, by hash and by pixel")


def _origin(state: State, text: str) -> Finding:
    return Finding("whole", state, ORIGIN, text)
