"""Data sets in forms that are not read as they stand: what a file is, and what to do with it.

In: a path. Out: a sentence that names the way forward, or None.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path

from scenes.system.formatting import printable

TABLE = "a table; name it as the data, or call it labels.csv, to read labels from it"
SHEET = "a table; save it as labels.csv with columns path and label, or name folders after classes"
ARRAYS = "arrays; save them in .npz: np.savez('data.npz', x_train=…, y_train=…)"
ARCHIVE = "an archive; name it as the data, or unpack it: scenes dataset fetch {name} --into DIR"
RECORDS = (
    "records of TensorFlow; they are not read: tf.data.TFRecordDataset gives them, and"
    " tf.io.write_file saves each picture into a folder that is named after its class"
)

FORMS: Mapping[str, str] = {
    **dict.fromkeys((".csv", ".tsv", ".jsonl"), TABLE),
    **dict.fromkeys((".xlsx", ".xls", ".ods", ".json"), SHEET),
    **dict.fromkeys((".h5", ".hdf5", ".mat", ".pkl", ".pt"), ARRAYS),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz"), ARCHIVE),
    **dict.fromkeys((".rar", ".7z", ".zst"), "an archive; unpack it first"),
    **dict.fromkeys((".tfrecord", ".tfrecords"), RECORDS),
}
SHARD = re.compile(r"-\d{5}-of-\d{5}")  # cat.tfrecord-00000-of-00010
SHOWN = 3


def way_forward(path: Path) -> str | None:
    """Return what a file is and what to do with it; None of one that is no form of a data set."""
    suffix = Path(SHARD.sub("", path.name) if ".tfrecord" in path.name else path.name).suffix
    form = FORMS.get(suffix.lower())
    return form and f"{printable(path)}: {form.format(name=printable(path.name))}"


def other_forms(root: Path, *, known: Collection[Path] = ()) -> Iterator[str]:
    """Yield the way forward for each kind of file that stands in a folder or one below it.

    Args:
        root: The folder.
        known: Files that are reported elsewhere; relative to it.
    """
    told: dict[str, list[str]] = {}
    for path in sorted([*root.glob("*"), *root.glob("*/*")]):
        name = path.relative_to(root)
        if name not in known and path.suffix and path.is_file() and (way := way_forward(name)):
            told.setdefault(way.split(": ", 1)[1].split(";")[0], []).append(way)
    for ways in told.values():
        yield ways[0] + (f" (and {len(ways) - 1} more)" if len(ways) > 1 else "")
