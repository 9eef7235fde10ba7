"""Brings a data set here: an archive from an address or a file, checked, unpacked into a folder.

In: an address with the SHA-256 that its archive must have, or a file. Out: a folder of pictures,
which appears whole or not at all. An address without a hash is refused: whatever comes from there
would have to be believed.
"""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

from scenes.data.archives import Limits, unpack
from scenes.data.image_files import PictureError, open_regular
from scenes.data.known_datasets import KNOWN, KnownSet, differences
from scenes.data.layout import scan_folder
from scenes.data.parallel import Progress
from scenes.errors import DataError
from scenes.system.formatting import printable

TIMEOUT = 60.0  # seconds without a byte
CHUNK = 2**20
SUFFIXES = re.compile(r"\.(zip|tar|tgz|tbz2?|txz|tar\.(gz|bz2|xz))$", re.IGNORECASE)


def fetch(
    source: str,
    *,
    sha256: str | None,
    into: Path | None,
    cache: Path,
    known: str | None = None,
    limits: Limits | None = None,
    progress: Progress | None = None,
) -> Path:
    """Fetch a data set and return its folder.

    Args:
        source: An address (http, https, file), a file, or a name in `KNOWN`.
        sha256: Of the archive, 64 hexadecimal digits; needed for an address.
        into: The folder to make; named after the archive, in the current one, if None.
        cache: The folder that keeps downloads.
        known: Name of the set that this must be, class by class.
        limits: What is too much for an archive.
        progress: Called with (bytes done, bytes in all).

    Raises:
        DataError: The source, its hash, its members or its pictures are not what they must be.
        MachineError: There is no space, or no permission to write.
    """
    limits = limits or Limits()
    _check(sha256, known)
    archive = _archive(source, sha256, cache, limits, progress)
    if sha256 is not None and (found := file_hash(archive)) != sha256.lower():
        raise _wrong_hash(source, sha256, found)
    folder = into or Path(SUFFIXES.sub("", archive.name if into is None else "") or "data")

    def check(draft: Path) -> None:
        if known is not None:
            _check_known(KNOWN[known], draft)

    return unpack(archive, folder, limits=limits, check=check, progress=progress)


def file_hash(path: Path) -> str:
    """Return the SHA-256 of a regular file.

    Raises:
        PictureError: It is none, or cannot be read.
    """
    with open_regular(path) as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def _check(sha256: str | None, known: str | None) -> None:
    problems = []
    if sha256 is not None and not re.fullmatch(r"[0-9a-fA-F]{64}", sha256):
        problems.append(f"--sha256 takes 64 hexadecimal digits; got {sha256!r}")
    if known is not None and known not in KNOWN:
        problems.append(f"--as takes the name of a known set ({', '.join(KNOWN)}); got {known!r}")
    if problems:
        raise DataError("Nothing is fetched.", problems)


def _archive(
    source: str, sha256: str | None, cache: Path, limits: Limits, progress: Progress | None
) -> Path:
    """Return the file with the archive, downloaded if need be."""
    parts = urlsplit(source)
    if parts.scheme in ("http", "https"):
        if sha256 is None:
            raise DataError(
                "Nothing is fetched from an address without --sha256.",
                [f"{source}: what it sends could not be checked"],
                "Take the hash from who publishes it; or download the file yourself, look at it, "
                "and name the file in place of the address.",
            )
        return _download(source, sha256.lower(), cache, limits, progress)
    path = Path(url2pathname(parts.path)) if parts.scheme == "file" else Path(source).expanduser()
    if source in KNOWN and not path.exists():
        raise _no_address(source, KNOWN[source])
    if re.match(r"[a-z][a-z0-9+.-]+://", source) and parts.scheme != "file":
        raise DataError(
            "Nothing is fetched.", [f"{source}: the address must be http, https or file"]
        )
    try:
        open_regular(path).close()
    except PictureError as error:
        hint = f"It must be an address, a file, or one of: {', '.join(KNOWN)}"
        raise DataError("There is no archive to unpack.", [str(error)], hint) from error
    return path


def _no_address(name: str, known: KnownSet) -> DataError:
    return DataError(
        f"There is no address from which {known.title} can be fetched for sure.",
        [known.origin],
        f"If you have its archive: scenes dataset fetch FILE --as {name}, which checks that all "
        f"{known.total:,} pictures are there, class by class.",
    )


def _download(
    url: str, sha256: str, cache: Path, limits: Limits, progress: Progress | None
) -> Path:
    """Return the file that an address gave, once it has the hash that it must have."""
    import pooch
    from requests import RequestException
    from requests.exceptions import InvalidSchema, InvalidURL

    pooch.get_logger().setLevel("WARNING")
    name = Path(unquote(urlsplit(url).path)).name or "data"
    try:
        # A folder per hash: another archive of the same name is another file.
        folder = cache / "downloads" / sha256[:16]
        downloader = _Downloader(limits.size, progress)
        return Path(pooch.retrieve(url, f"sha256:{sha256}", name, folder, downloader=downloader))
    except (InvalidSchema, InvalidURL) as error:  # which are ValueErrors as well
        cause = f"{url}: leads to an address that is neither http nor https: {error}"
        raise DataError("The download failed.", [printable(cause)]) from error
    except RequestException as error:
        raise DataError("The download failed.", [printable(f"{url}: {error}")]) from error
    except ValueError as error:
        found = re.search(r"[0-9a-f]{64}(?=\.|'|\"|\s|$)", str(error).replace(sha256, ""))
        raise _wrong_hash(url, sha256, found.group() if found else "another") from error


class _Downloader:
    """Downloads to a file, up to a limit, and reports progress."""

    def __init__(self, limit: int, progress: Progress | None) -> None:
        self._limit = limit
        self._progress = progress

    def __call__(self, url: str, output_file: str, _pooch: object) -> None:
        import requests

        # As it is: unpacked on the way it would have another hash.
        as_it_is = {"Accept-Encoding": "identity"}
        taken = 0
        with (
            requests.get(url, stream=True, timeout=TIMEOUT, headers=as_it_is) as response,
            Path(output_file).open("wb") as file,
        ):
            response.raise_for_status()
            total = _length(url, response.headers.get("Content-Length", "0"))
            for chunk in response.iter_content(CHUNK):
                taken += len(chunk)
                if taken > self._limit:
                    problem = f"{url}: sends more than {self._limit:,} bytes"
                    raise DataError("The download was stopped.", [problem])
                file.write(chunk)
                if self._progress is not None:
                    self._progress(taken, max(taken, total))


def _length(url: str, told: str) -> int:
    if not re.fullmatch(r"[0-9]{1,18}", told.strip()):
        problem = printable(f"{url}: the server says that its length is {told!r}")
        raise DataError("The download failed.", [problem])
    return int(told)


def _wrong_hash(source: str, expected: str, found: str) -> DataError:
    return DataError(
        "The archive is not the one that was asked for; it is not unpacked.",
        [f"{source}: SHA-256 is {found}", f"asked for: {expected.lower()}"],
    )


def _check_known(known: KnownSet, folder: Path) -> None:
    """Refuse a folder that is not, class by class, what was published."""
    counts: dict[str, int] = {}
    parts: Mapping[str, Mapping[str, Any]] = scan_folder(folder).parts
    for part in parts.values():
        for name, paths in part.items():
            counts[known.name_of(name)] = counts.get(known.name_of(name), 0) + len(paths)
    if wrong := [printable(line) for line in differences(known, counts)]:
        raise DataError(f"This is not {known.title}, or not all of it; it is not kept.", wrong)
