"""Data sets that are no folders of pictures: what a file is, and how to make folders of it.

In: a path. Out: a sentence that names the way forward, or None. Labels are taken from folders only.
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from scenes.system.formatting import printable

TABLE = (
    "a table; labels are read from folders, not from tables: move each picture into a folder that"
    " is named after its class"
)
ARRAYS = (
    "arrays; they are not read: save each picture into a folder that is named after its class,"
    " Image.fromarray(x[0]).save('train/CLASS/0.png')"
)
ARCHIVE = "an archive; unpack it first: scenes dataset fetch {name} --into DIR"
RECORDS = (
    "records of TensorFlow; they are not read: tf.data.TFRecordDataset gives them, and"
    " tf.io.write_file saves each picture into a folder that is named after its class"
)

FORMS: Mapping[str, str] = {
    **dict.fromkeys((".csv", ".tsv", ".xlsx", ".json", ".jsonl"), TABLE),
    **dict.fromkeys((".npz", ".npy", ".h5", ".hdf5", ".mat", ".pkl", ".pt"), ARRAYS),
    **dict.fromkeys((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz"), ARCHIVE),
    **dict.fromkeys((".rar", ".7z", ".zst"), "an archive; unpack it first"),
    **dict.fromkeys((".tfrecord", ".tfrecords"), RECORDS),
    ".parquet": (
        "a table of pictures; it is not read: datasets.load_dataset('parquet', data_files='{name}')"
        " gives its rows, and row['image'].save(…) a file in a folder that is named after its class"
    ),
}
SHARD = re.compile(r"-\d{5}-of-\d{5}")  # cat.tfrecord-00000-of-00010
SHOWN = 3


def way_forward(path: Path) -> str | None:
    """Return what a file is instead of a folder of pictures and what to do; None of another."""
    suffix = Path(SHARD.sub("", path.name) if ".tfrecord" in path.name else path.name).suffix
    form = FORMS.get(suffix.lower())
    return form and f"{printable(path)}: {form.format(name=printable(path.name))}"


def other_forms(root: Path) -> Iterator[str]:
    """Yield the way forward for each kind of file that stands in a folder or one below it."""
    told: dict[str, list[str]] = {}
    for path in sorted([*root.glob("*"), *root.glob("*/*")]):
        if path.suffix and path.is_file() and (way := way_forward(path.relative_to(root))):
            told.setdefault(way.split(": ", 1)[1].split(";")[0], []).append(way)
    for ways in told.values():
        yield ways[0] + (f" (and {len(ways) - 1} more)" if len(ways) > 1 else "")
