"""Unpacks an archive that may be hostile: all of it into a new folder, or nothing at all.

In: a zip or tar archive (plain, gzip, bzip2 or xz). Out: a folder with its files. An archive with
a member that is a link, a pipe or a device, that would land outside the folder, or that is there
twice is refused whole, and so is one with too many members, too many bytes or too much air.
"""

import contextlib
import errno
import lzma
import re
import shutil
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from scenes.data.archive_members import Member, open_archive
from scenes.data.parallel import Progress
from scenes.data.splits import LEFT_BEHIND, is_left_out, resembled
from scenes.errors import DataError, MachineError
from scenes.system.files import save_folder
from scenes.system.formatting import printable

CHUNK = 2**20
TOLD = 20
"""Members that are named in an error; an archive may have a million bad ones."""
SMALL = 2**27
"""Bytes up to which it does not matter how well an archive is packed."""
DAMAGE = (
    tarfile.TarError, zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError,
    NotImplementedError, ValueError, RuntimeError,
)  # fmt: skip
"""What the standard library raises at archives that are damaged or of an unknown kind."""

BESIDE = re.compile(r"^(read.?me|licen[cs]e|citation)\b|\.(md|pdf|html?)$", re.IGNORECASE)
"""Files that may lie beside the folder of a data set."""
DEEPEST, LONGEST = 50, 1000
"""Folders above a member, and bytes of its whole path: every system stores less than that."""
UNPACK = "If you trust it, unpack it yourself, and name the folder as the data."
SPACE = "Free some space there, or name another folder: --into DIR"
RIGHTS = "Give yourself the right to write there, or name another folder: --into DIR"
HINTS = {
    errno.ENOSPC: SPACE,
    errno.EDQUOT: SPACE,
    errno.EFBIG: SPACE,
    errno.EACCES: RIGHTS,
    errno.EPERM: RIGHTS,
    errno.EROFS: RIGHTS,
}
"""The next step for what a system refuses."""


@dataclass(frozen=True)
class Limits:
    """How much an archive may hold.

    Attributes:
        members: Files and folders.
        size: Bytes once unpacked.
        ratio: Times its own size once unpacked, from `SMALL` on.
    """

    members: int = 1_000_000
    size: int = 100 * 2**30
    ratio: int = 100


def unpack(
    archive: Path,
    into: Path,
    *,
    limits: Limits | None = None,
    check: Callable[[Path], None] | None = None,
    progress: Progress | None = None,
) -> Path:
    """Unpack an archive into a new folder, which appears whole or not at all.

    Where everything lies in one folder that holds no split, that folder is what appears.

    Args:
        archive: The file.
        into: The folder; there must be none, or an empty one.
        limits: What is too much.
        check: Is shown the folder before it appears, and may refuse it by raising.
        progress: Called with (bytes done, bytes in all).

    Raises:
        DataError: The archive is damaged, hostile or too large, or the folder is taken.
        MachineError: There is no space, or no permission to write.
    """
    _refuse_taken(into)

    def fill(draft: Path) -> Path:
        with open_archive(archive) as listing:
            members = _listed(archive, listing, limits or Limits())
            _refuse(archive, members)
            _require_space(archive, into.parent, members)
            _write(draft, members, progress)
        whole = _innermost(draft)
        if check is not None:
            check(whole)
        return whole

    with _told(archive, into):
        save_folder(into, fill)
    return into


def _refuse_taken(into: Path) -> None:
    if into.exists() and (not into.is_dir() or any(into.iterdir())):
        problem = f"{printable(into)}: is there already"
        raise DataError(
            "The archive is not unpacked.", [problem], "Name another folder: --into DIR"
        )


@contextlib.contextmanager
def _told(archive: Path, into: Path) -> Iterator[None]:
    """Say what happened to which file, in one message."""
    try:
        yield
    except OSError as error:
        if error.errno is None:  # the standard library's word for damage, as gzip.BadGzipFile
            raise _damaged(archive, error) from error
        raise MachineError(
            "The archive cannot be unpacked; nothing is left behind.",
            [f"{printable(error.filename or into)}: {error.strerror}"],
            HINTS.get(error.errno, "Name another folder: --into DIR"),
        ) from error
    except DAMAGE as error:
        raise _damaged(archive, error) from error


def _damaged(archive: Path, error: Exception) -> DataError:
    if isinstance(error, NotImplementedError):  # as Windows packs more than 2 GB: Deflate64
        cause, way = f"is packed in a way that is not read ({error})", UNPACK
    else:
        cause, way = f"is damaged: {error}", "Copy or download it again."
    return DataError("The archive is not unpacked.", [f"{printable(archive)}: {cause}"], way)


def _listed(archive: Path, members: Iterable[Member], limits: Limits) -> list[Member]:
    """Return the members, counted while they are read: a bomb is not looked at to its end."""
    packed = archive.stat().st_size
    listed, size = [], 0
    for member in members:
        listed.append(member)
        size += member.size
        problem = None
        if len(listed) > limits.members:
            problem = f"has more than {limits.members:,} members"
        elif size > limits.size:
            problem = f"unpacks to more than {limits.size:,} bytes"
        elif size > max(SMALL, limits.ratio * packed):
            problem = f"unpacks to more than {limits.ratio} times its {packed:,} bytes"
        if problem is not None:
            raise DataError("The archive is not unpacked.", [f"{printable(archive)}: {problem}"])
    return listed


def _refuse(archive: Path, members: Iterable[Member]) -> None:
    """Raise one error with every member that must not be there."""
    problems = list(_problems(members))
    if problems:
        more = [f"… and {len(problems) - TOLD:,} more"] if len(problems) > TOLD else []
        heading = f"{printable(archive)} is not unpacked; its members are not safe."
        raise DataError(heading, [*problems[:TOLD], *more], UNPACK)


def _problems(members: Iterable[Member]) -> Iterator[str]:
    files: set[str] = set()
    folders: set[str] = set()
    for member in members:
        if (cause := _cause(member)) is not None:
            yield f"{printable(member.name)}: {cause}"
            continue
        path = PurePosixPath(member.name)
        folded = str(path).casefold()
        above = {str(parent).casefold() for parent in path.parents} - {"."}
        if member.kind == "file":
            if folded in files:
                cause = "is there twice"
            elif folded in folders or above & files:
                cause = "is a file and a folder at once"
            files.add(folded)
        elif folded in files:
            cause = "is a file and a folder at once"
        folders |= above if member.kind == "file" else above | {folded}
        if cause is not None:
            yield f"{printable(member.name)}: {cause}"


def _cause(member: Member) -> str | None:
    """Return what is wrong with a member by itself."""
    name = member.name
    if any("\ud800" <= char <= "\udfff" for char in name):
        return "has a name that is not valid UTF-8"
    if "\0" in name or "\\" in name or not name:
        return "has no name that every system can store"
    if PurePosixPath(name).is_absolute() or re.match("[A-Za-z]:", name):
        return "has an absolute path"
    if ".." in PurePosixPath(name).parts:
        return "leads out of the folder"
    parts = PurePosixPath(name).parts
    if not parts and member.kind == "file":
        return "is a file without a name"
    if any(len(part.encode()) > 255 for part in parts):
        return "has a name longer than 255 bytes"
    if len(parts) > DEEPEST:
        return f"lies {len(parts):,} folders deep; at most {DEEPEST} are unpacked"
    if len(name.encode()) > LONGEST:
        return f"has a path of {len(name.encode()):,} bytes; at most {LONGEST:,} are unpacked"
    return None if member.kind in ("file", "folder") else f"is {member.kind}"


def _require_space(archive: Path, folder: Path, members: Iterable[Member]) -> None:
    needed, free = sum(member.size for member in members), shutil.disk_usage(folder).free
    if needed > free:
        raise MachineError(
            f"{printable(archive)} is not unpacked.",
            [f"{printable(folder)}: {needed:,} bytes are needed, {free:,} are free"],
            "Free some space there, or name another folder: --into DIR",
        )


def _write(folder: Path, members: list[Member], progress: Progress | None) -> None:
    total, done = sum(member.size for member in members), 0
    for member in members:
        target = folder / member.name
        if member.kind == "folder":
            target.mkdir(parents=True, exist_ok=True)
            continue
        target.parent.mkdir(parents=True, exist_ok=True)
        left = member.size
        with member.open() as source, target.open("xb") as sink:
            while chunk := source.read(min(CHUNK, left + 1)):
                left -= len(chunk)
                if left < 0:
                    raise ValueError(f"{printable(member.name)} is larger than it says")
                sink.write(chunk)
        if left:
            raise EOFError(f"{printable(member.name)} ends too early")
        done += member.size
        if progress is not None:
            progress(done, total)


def _innermost(folder: Path) -> Path:
    """Return the folder that holds the data set: archives often wrap it in one or several."""
    kept = [path for path in folder.iterdir() if path.is_dir() or not _is_beside(path)]
    kept = [path for path in kept if path.name.casefold() not in LEFT_BEHIND]
    if len(kept) != 1 or not kept[0].is_dir() or resembled(kept[0].name):
        return folder
    # A single class folder is no wrapping: it holds pictures, not folders.
    return _innermost(kept[0]) if any(it.is_dir() for it in kept[0].iterdir()) else folder


def _is_beside(path: Path) -> bool:
    """Return whether a file is about the data set and no part of it."""
    return is_left_out(path.name) or bool(BESIDE.search(path.name))
