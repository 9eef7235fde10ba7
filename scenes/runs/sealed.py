"""A folder of files that is there whole or not at all, and that says what it is.

Content goes in by file name, and comes back checked. The manifest, which is written last, holds the
format number, the kind of folder, the id of the run it belongs to, and the SHA-256 of each file.
Readers compare kind and id with the place in which they found the folder, so that one that was
renamed, swapped or copied over another is refused. Readers of a format read any further file that
a later version adds.

Kinds: `run` (a finished run), `weights` (what its model has learned) and `opening` (what runs say
of a test set). A folder of another kind belongs beside these, not inside them: opening a test set
changes no run.
"""

import hashlib
import json
from collections.abc import Container, Mapping
from pathlib import Path
from typing import Any, Literal

from scenes.system.files import read_regular, save_atomically

FORMAT = 1
MANIFEST = "manifest.json"
LARGEST_FILE = 2**33
"""Bytes; nothing that is recorded comes near, and reading a hostile file must end."""
LARGEST_MANIFEST = 2**20
DEPTH = 20
"""How deeply JSON may be nested."""

Kind = Literal["run", "weights", "opening"]
Content = Mapping[str, bytes]


class DamagedRecordError(Exception):
    """A record's files are not those that its manifest lists, or not those of a record."""


def seal(folder: Path, content: Content, *, kind: Kind, run_id: str) -> None:
    """Write files, and last the manifest that makes a folder of them.

    Raises:
        StorageError: Something cannot be written; without a manifest the folder is none.
    """
    for name, data in content.items():
        save_atomically(folder / name, data)
    save_atomically(folder / MANIFEST, encode_manifest(content, kind=kind, run_id=run_id))


def encode_manifest(content: Content, *, kind: Kind, run_id: str) -> bytes:
    """Return the manifest that makes a sealed folder of files."""
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in content.items()}
    return encode_json({"format": FORMAT, "kind": kind, "id": run_id, "files": hashes})


def check_sealed(
    files: Content, *, kind: Kind, run_id: str, without: Container[str] = ()
) -> dict[str, bytes]:
    """Return the content of a sealed folder whose files, with the manifest, are in memory.

    Args:
        files: By name.
        kind: That is expected.
        run_id: That is expected.
        without: Names of files that may be missing.

    Raises:
        DamagedRecordError: It is not whole, of another kind, run or format; with the reason.
    """
    hashes = _check_manifest(files.get(MANIFEST, b""), kind, run_id)
    hashes = {name: it for name, it in hashes.items() if name in files or name not in without}
    if missing := hashes.keys() - files.keys():
        raise DamagedRecordError(f"{min(missing)}: missing")
    if foreign := files.keys() - hashes.keys() - {MANIFEST}:
        raise DamagedRecordError(f"{min(foreign)}: it is not in {MANIFEST}")
    return _check_hashes({name: files[name] for name in hashes}, hashes)


def open_sealed(folder: Path, *, kind: Kind, run_id: str) -> dict[str, bytes]:
    """Return the content of a sealed folder.

    Raises:
        DamagedRecordError: It is not whole, of another kind, run or format; with the reason.
    """
    hashes = _read_manifest(folder, kind, run_id)
    try:
        content = {name: read_regular(folder / name, limit=LARGEST_FILE) for name in hashes}
    except OSError as error:
        name = Path(error.filename or folder).name
        raise DamagedRecordError(f"{name}: {error.strerror or error}") from None
    return _check_hashes(content, hashes)


def _check_hashes(content: dict[str, bytes], hashes: Mapping[str, str]) -> dict[str, bytes]:
    for name, data in content.items():
        if hashlib.sha256(data).hexdigest() != hashes[name]:
            raise DamagedRecordError(f"{name}: its content is not what was recorded")
    return content


def _read_manifest(folder: Path, kind: Kind, run_id: str) -> dict[str, str]:
    """Return the hash of each file, of a manifest that belongs to this place."""
    try:
        data = read_regular(folder / MANIFEST, limit=LARGEST_MANIFEST)
    except OSError as error:
        raise DamagedRecordError(f"{MANIFEST}: {error.strerror or error}") from None
    return _check_manifest(data, kind, run_id)


def _check_manifest(data: bytes, kind: Kind, run_id: str) -> dict[str, str]:
    try:
        manifest = load_json(data)
        is_canonical = encode_json(manifest) == data  # no byte of it may change unnoticed
    except ValueError as error:
        raise DamagedRecordError(f"{MANIFEST}: not JSON: {error}") from None
    problem = _manifest_problem(manifest, kind, run_id)
    if problem or not is_canonical:
        raise DamagedRecordError(problem or f"{MANIFEST}: not as it was written")
    hashes: dict[str, str] = manifest["files"]
    return hashes


def _manifest_problem(manifest: Any, kind: Kind, run_id: str) -> str | None:
    """Return why a manifest is not one of this kind and run, or nothing."""
    if not isinstance(manifest, dict):
        return f"{MANIFEST}: an object is expected"
    if "format" not in manifest and "files" in manifest:
        return "recorded by an older version of scenes, in a format that is no longer read"
    found = manifest.get("format")
    if type(found) is int and found != FORMAT:
        return f"recorded in format {found}; this version of scenes reads format {FORMAT}"
    if type(found) is not int or manifest.keys() != {"format", "kind", "id", "files"}:
        return f"{MANIFEST}: format, kind, id and files are expected, and nothing else"
    if manifest["kind"] != kind:
        return f"it holds {manifest['kind']!r}, not {kind!r}"
    if manifest["id"] != run_id:
        return f"it is the record of another run, {manifest['id']!r}: it was moved or copied"
    return _files_problem(manifest["files"])


def _files_problem(files: Any) -> str | None:
    if not isinstance(files, dict) or not all(isinstance(it, str) for it in files.values()):
        return f"{MANIFEST}: files is not an object of hashes"
    if foreign := [name for name in files if Path(name).name != name or "\0" in name]:
        return f"{MANIFEST}: it lists a file outside the record, {foreign[0]!r}"
    return None


def encode_json(value: Any) -> bytes:
    """Return a value as JSON for people: indented, keys in order."""
    return (json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n").encode()


def load_json(data: bytes) -> Any:
    """Return what JSON holds.

    Raises:
        ValueError: It is no JSON, or nested more deeply than anything that is recorded.
    """
    try:
        value = json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    _check_depth(value, DEPTH)
    return value


def _check_depth(value: Any, left: int) -> None:
    if left < 0:
        raise ValueError("nested too deeply")
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            _check_depth(item, left - 1)
