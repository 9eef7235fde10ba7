"""Parquet files as Hugging Face writes them: shards with pictures inside, or a table of metadata.

In: files such as `data/train-00000-of-00002.parquet`, whose rows hold a picture's bytes and its
label. Out: the pictures one after the other; few of them are in memory at a time. Names of classes
are taken from what `datasets` writes into the schema. pyarrow, which reads the format, is an extra.
"""

import itertools
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from scenes.data.columns import BOXES, DETECTION, MULTI_LABEL, ROLES, listed, plain
from scenes.data.items import Item, suffix_of
from scenes.data.scan import UNSPLIT
from scenes.data.splits import resembled, split_of
from scenes.errors import DataError
from scenes.system.formatting import printable

if TYPE_CHECKING:
    import pyarrow.parquet as pq

BATCH = 64
"""Rows that are read at a time."""
DEEPEST = 3
"""Folders above a shard: `default/train/0000.parquet`."""
MISSING = "Parquet files are read with pyarrow, which is not installed."
INSTALL = "Install it: pip install 'scenes[parquet]'"
SHARD = re.compile(r"(.+)-(\d{5})-of-(\d{5})")
HEADING = "The Parquet files cannot be used as they are."


@dataclass(frozen=True)
class Shard:
    """One file with pictures.

    Attributes:
        path: Of the file.
        split: "train", "val", "test", or empty.
        image: The column with the pictures.
        label: The column with the labels.
        names: Of the classes, where the file has them; labels are indices into it.
        group: The column with the groups.
        split_column: The column with the splits, which comes before the name of the file.
        rows: How many there are.
        size: Bytes that the pictures take at most, unpacked.
    """

    path: Path
    split: str
    image: str
    label: str
    names: tuple[str, ...]
    group: str | None
    split_column: str | None
    rows: int
    size: int


def find_shards(root: Path) -> list[Path]:
    """Return the Parquet files in a folder and a few folders below it."""
    found = itertools.chain.from_iterable(
        root.glob("*/" * depth + "*.parquet") for depth in range(DEEPEST)
    )
    return sorted(
        path
        for path in found
        if path.is_file()
        and path.stem != "metadata"
        and not any(part.startswith(".") for part in path.relative_to(root).parts)
    )


def open_shards(paths: Sequence[Path]) -> list[Shard]:
    """Return what is in Parquet files, without reading a picture.

    Raises:
        DataError: They hold no pictures with one label each, or are several data sets.
    """
    shards: list[Shard] = []
    problems: list[str] = []
    for path in paths:
        try:
            shards.append(_shard(path))
        except ValueError as error:
            problems.append(f"{printable(path.name)}: {error}")
    folders = {_data_set(shard.path) for shard in shards}
    if len(folders) > 1:
        several = ", ".join(sorted(printable(folder) for folder in folders))
        problems.append(f"{several}: several data sets; name one of these folders as the data")
    if UNSPLIT in (splits := {shard.split for shard in shards}) and len(splits) > 1:
        name = next(shard.path.name for shard in shards if shard.split == UNSPLIT)
        problems.append(f"{printable(name)}: is in no split by its name, where others are")
    unnamed = [shard.path.name for shard in shards if not shard.names]
    if unnamed and len(unnamed) < len(shards):
        problems.append(f"{printable(unnamed[0])}: does not name its classes, where others do")
    if problems:
        raise DataError(HEADING, problems)
    return shards


def require_all(paths: Iterable[Path]) -> None:
    """Refuse a set of shards of which some are missing, by their own count: `-00000-of-00002`.

    Raises:
        DataError: One is not there.
    """
    found: dict[tuple[Path, str, int], set[int]] = {}
    for path in paths:
        if name := SHARD.fullmatch(path.stem):
            found.setdefault((path.parent, name[1], int(name[3])), set()).add(int(name[2]))
    missing = [
        f"{printable(start)}-*-of-{total:05d}.parquet: {total - len(numbers):,} of {total:,} files"
        " are not there"
        for (_, start, total), numbers in sorted(found.items())
        if len(numbers) < total
    ]
    if missing:
        raise DataError(HEADING, missing, "Fetch the others, or name a file as the data.")


def _data_set(path: Path) -> Path:
    """Return the folder that holds all splits of one data set."""
    above = path.parent
    return above.parent if split_of(above.name) else above


def _shard(path: Path) -> Shard:
    with _opened(path) as file:
        schema = file.schema_arrow
        features = _features(schema.metadata)
        names = [*schema.names]
        if marks := [name for name in names if plain(name) in BOXES]:
            raise ValueError(f"column {', '.join(map(printable, marks))} {DETECTION}")
        images = [name for name in names if _holds_pictures(schema.field(name).type)]
        label = _named("label", names)
        if len(images) != 1:
            raise ValueError(
                f"one column must hold the bytes of the pictures; there are {listed(names)}"
            )
        if label is None:
            raise ValueError(
                f"no column is the label; there are {listed(names)}, and one must be label"
            )
        if str(schema.field(label).type).startswith(("list", "large_list", "fixed_size_list")):
            raise ValueError(f"column {printable(label)} {MULTI_LABEL}")
        return Shard(
            path,
            _split_of(path),
            images[0],
            label,
            tuple(features.get(label, {}).get("names", ())),
            _named("group", names),
            _named("split", names),
            file.metadata.num_rows,
            sum(
                file.metadata.row_group(i).total_byte_size
                for i in range(file.metadata.num_row_groups)
            ),
        )


def _opened(path: Path) -> "pq.ParquetFile":
    try:
        import pyarrow
        import pyarrow.parquet as pq
    except ImportError as error:
        raise DataError(MISSING, [printable(path)], INSTALL) from error
    try:
        return pq.ParquetFile(path)
    except (OSError, pyarrow.ArrowException) as error:
        raise ValueError(f"cannot be read: {error}") from error


def _features(metadata: Mapping[bytes, bytes] | None) -> dict[str, Any]:
    """Return what `datasets` notes of each column; nothing where it has not written the file."""
    try:
        told = json.loads((metadata or {})[b"huggingface"])["info"]["features"]
        return {name: it for name, it in told.items() if isinstance(it, dict)}
    except (KeyError, ValueError, TypeError, AttributeError):
        return {}


def _holds_pictures(kind: Any) -> bool:
    return str(kind) in ("binary", "large_binary") or (
        str(kind).startswith("struct<") and "bytes: " in str(kind)
    )


def _named(role: str, names: Iterable[str]) -> str | None:
    by_word = {plain(name): name for name in names}
    return next((by_word[word] for word in ROLES[role] if word in by_word), None)


def _split_of(path: Path) -> str:
    """Return the split of a shard by its name, `train-00000-of-00001`, or by its folder."""
    start = path.stem.split("-")[0]
    return split_of(start) or split_of(path.parent.name) or resembled(path.stem) or UNSPLIT


def items_of(shards: Iterable[Shard]) -> Iterator[Item]:
    """Yield the pictures in their order.

    Raises:
        DataError: A row has no picture or no label.
    """
    for shard in shards:
        told = (shard.image, shard.label, shard.group, shard.split_column)
        columns = [column for column in told if column]
        folder = f"{shard.split or 'pictures'}/{shard.path.stem}"
        for index, row in enumerate(_rows(shard.path, columns)):
            picture = row[shard.image]
            data = picture.get("bytes") if isinstance(picture, dict) else picture
            label = _label(row[shard.label], shard.names)
            if not data or label is None:
                what = "the bytes of no picture" if not data else f"no label ({row[shard.label]})"
                raise DataError(
                    HEADING, [f"{printable(shard.path.name)}: row {index:,} has {what}"]
                )
            suffix = suffix_of(data)
            group = str(row[shard.group]) if shard.group and row[shard.group] is not None else None
            split = str(row[shard.split_column] or "") if shard.split_column else ""
            yield Item(data, label, split or shard.split, group, f"{folder}/{index:06d}{suffix}")


def _rows(path: Path, columns: list[str]) -> Iterator[dict[str, Any]]:
    import pyarrow

    try:
        with _opened(path) as file:
            for batch in file.iter_batches(batch_size=BATCH, columns=columns):
                yield from batch.to_pylist()
    except (OSError, ValueError, pyarrow.ArrowException) as error:
        raise DataError(HEADING, [f"{printable(path.name)}: cannot be read: {error}"]) from error


def _label(value: object, names: Sequence[str]) -> str | None:
    """Return the class of a row; None where it has none, which `datasets` writes as -1."""
    if value is None or value == "":
        return None
    if isinstance(value, float) and value.is_integer():  # as pandas writes a column with gaps
        value = int(value)
    if names and isinstance(value, int):
        return names[value] if 0 <= value < len(names) else None
    return str(value)


def read_records(path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield the rows of a table of metadata with their numbers, and names for class indices.

    Raises:
        ValueError: It cannot be read.
    """
    with _opened(path) as file:
        features = _features(file.schema_arrow.metadata)
        names = {name: it["names"] for name, it in features.items() if it.get("names")}
        columns = [*file.schema_arrow.names]
    for number, row in enumerate(_rows(path, columns), start=1):
        told = {name: _label(row[name], names[name]) for name in names if name in row}
        yield number, {**row, **told}
