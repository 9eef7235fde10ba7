"""Data sets in forms that are not read as they stand: what a file is, and what to do with it.

In: a path. Out: a sentence that names the way forward, or None. A form is known by the name of a
file; of a file without an extension, and of a list, by how it begins.
"""

import re
from collections.abc import Collection, Iterator, Mapping
from itertools import islice
from pathlib import Path

from scenes.data.columns import DETECTION
from scenes.data.detection import is_coco
from scenes.data.splits import READ_SUFFIXES
from scenes.system.files import open_regular
from scenes.system.formatting import printable

TABLE = "a table; name it as the data, or call it labels.csv, to read labels from it"
SHEET = "a table; save it as labels.csv with columns path and label, or name folders after classes"
LIST = "a list of pictures; save it as labels.csv with columns path and label, a comma between"
SAVE = "save them in .npz: np.savez('data.npz', x_train=…, y_train=…)"
ARRAYS = "arrays; " + SAVE
ARRAY = "an array of one picture or one split; put all of a split into one, and " + SAVE
PICKLE = (
    "a pickle of Python, which runs code where it is loaded and is not read; load it yourself"
    f" where you trust it, and {SAVE}"
)
IDX = (
    "arrays in the format of MNIST (IDX), which is not read; keras.datasets.mnist.load_data()"
    f" gives those of MNIST; {SAVE}"
)
ARCHIVE = "an archive; name it as the data, or unpack it: scenes dataset fetch {name} --into DIR"
SHARDS = (
    "a shard of WebDataset, which is not read; unpack all of them, and write the labels into"
    " labels.csv, a line path,label for each picture"
)
FOLDERS = "save each picture into a folder that is named after its class"
RECORDS = (
    "records of TensorFlow (TFRecord); they are not read: tf.data.TFRecordDataset gives them, and"
    " tf.io.write_file saves each picture into a folder that is named after its class"
)
ARROW = (
    "Arrow as datasets.save_to_disk writes it, which is not read; write Parquet:"
    " datasets.load_from_disk(…)['train'].to_parquet('train.parquet')"
)
VIDEO = "a video; save pictures of it, those of one video in one group: ffmpeg -i FILE %06d.png"
SOUND = "sound, which is not studied here; save pictures of it, such as spectrograms"

FORMS: Mapping[str, str] = {
    **dict.fromkeys((".csv", ".tsv", ".jsonl"), TABLE),
    **dict.fromkeys((".xlsx", ".xls", ".ods", ".json"), SHEET),
    **dict.fromkeys((".h5", ".hdf5"), f"HDF5; {SAVE}"),
    ".mat": f"a file of MATLAB; {SAVE}",
    **dict.fromkeys((".pkl", ".pickle", ".pt", ".pth"), PICKLE),
    ".npy": ARRAY,
    **dict.fromkeys((".zip", ".tar", ".tgz", ".gz", ".bz2", ".xz"), ARCHIVE),
    **dict.fromkeys((".rar", ".7z", ".zst"), "an archive; unpack it first"),
    **dict.fromkeys((".z01", ".001"), "a part of an archive; unpack all parts together first"),
    **dict.fromkeys((".tfrecord", ".tfrecords"), RECORDS),
    **dict.fromkeys((".arrow", ".feather"), ARROW),
    **dict.fromkeys((".mdb", ".lmdb"), f"a data base (LMDB), which is not read; {FOLDERS}"),
    **dict.fromkeys((".db", ".sqlite"), f"a data base (SQLite), which is not read; {FOLDERS}"),
    ".rec": f"records of MXNet, which are not read; {FOLDERS}",
    ".beton": f"records of FFCV, which are not read; {FOLDERS}",
    ".cls": SHARDS,
    **dict.fromkeys((".mp4", ".avi", ".mov", ".mkv", ".webm", ".m4v", ".mpg", ".wmv"), VIDEO),
    **dict.fromkeys((".wav", ".mp3", ".flac", ".ogg"), SOUND),
}
VOLUME = "a volume (NIfTI), which is not read; save its slices as PNG, those of one in one group"
NAMED: Mapping[str, str] = {
    r".*[.-]idx\d-ubyte(\.gz)?": IDX,
    r".*\.nii\.gz": VOLUME,
    r".*\.tfrecords?-\d{5}-of-\d{5}": RECORDS,
    r".*[-_]\d{5,6}\.tar": SHARDS,
}
"""Patterns of whole names, which come before extensions."""
BEGINNINGS: Mapping[str, re.Pattern[bytes]] = {
    PICKLE: re.compile(rb"\x80[\x02-\x05]"),
    "DICOM, which is not read; save it as PNG": re.compile(rb".{128}DICM", re.DOTALL),
}
"""Of files without an extension."""
LOOKED_AT = 100
"""Files of no known name that are opened."""


def way_forward(path: Path, root: Path = Path()) -> str | None:
    """Return what a file is and what to do with it; None of one that is no form of a data set.

    Args:
        path: As the user knows it, relative to the root.
        root: The folder of the data set.
    """
    whole = root / path
    is_places = path.suffix.lower() == ".json" and is_coco(whole)
    form = DETECTION if is_places else _named(path.name) or _begun(whole)
    return form and f"{printable(path)}: {form.format(name=printable(path.name))}"


def is_no_archive(name: str) -> bool:
    """Return whether a `.gz` is one file of another form, and no archive of files."""
    return _named(name) in (IDX, VOLUME)


def _named(name: str) -> str | None:
    found = (form for it, form in NAMED.items() if re.fullmatch(it, name, re.IGNORECASE))
    return next(found, FORMS.get(Path(name).suffix.lower()))


def _begun(path: Path) -> str | None:
    """Return what a file is by how it begins; None where its name has an extension."""
    if path.suffix and path.suffix.lower() != ".txt":
        return None
    try:
        with open_regular(path) as file:
            head = file.read(2**12)
    except OSError:
        return None
    if path.suffix:
        return LIST if _lists_pictures(head) else None
    return next((form for form, start in BEGINNINGS.items() if start.match(head)), None)


def _lists_pictures(head: bytes) -> bool:
    """Return whether the first line names a picture beside something else, as its class."""
    words = head.partition(b"\n")[0].decode("utf-8", errors="replace").split()
    return len(words) > 1 and any(Path(it).suffix.lower() in READ_SUFFIXES for it in words)


def other_forms(root: Path, *, known: Collection[Path] = ()) -> Iterator[str]:
    """Yield the way forward for each kind of file in a folder, down to two folders below it.

    Args:
        root: The folder.
        known: Files that are reported elsewhere; relative to it.
    """
    told: dict[str, list[str]] = {}
    files = sorted([*root.glob("*"), *root.glob("*/*"), *root.glob("*/*/*")])
    # Files without an extension may be many, and each has to be opened.
    unnamed = set(islice((it for it in files if not _named(it.name)), LOOKED_AT))
    for path in (it for it in files if it in unnamed or _named(it.name)):
        name = path.relative_to(root)
        if name not in known and path.is_file() and (way := way_forward(name, root)):
            told.setdefault(way.split(": ", 1)[1].split(";")[0], []).append(way)
    for ways in told.values():
        yield ways[0] + (f" (and {len(ways) - 1:,} more)" if len(ways) > 1 else "")
