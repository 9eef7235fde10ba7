"""Arrays as the bytes of an .npz file, and back without believing what the file says of itself."""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Mapping
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

Layout = tuple[tuple[int, ...], np.dtype[Any]]
"""Shape and type of an array."""
UNREADABLE = (
    ArithmeticError,
    EOFError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)
"""What reading an archive that is none raises, beside ValueError."""


def encode_npz(arrays: Mapping[str, NDArray[Any]], *, compress: bool = True) -> bytes:
    """Return arrays as an .npz file; the same arrays give the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(
        file, "w", zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    ) as archive:
        for name, array in arrays.items():
            # A member made by name alone has the date 1980-01-01.
            with archive.open(zipfile.ZipInfo(f"{name}.npy"), "w", force_zip64=True) as member:
                np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
    return file.getvalue()


def decode_npz(data: bytes, layouts: Mapping[str, Layout] | None = None) -> dict[str, NDArray[Any]]:
    """Return the arrays of an .npz file.

    Args:
        data: The file.
        layouts: The arrays that are expected, and no others; None for whatever it holds.

    Raises:
        ValueError: It cannot be read, or holds other arrays than expected.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = [info.filename.removesuffix(".npy") for info in archive.infolist()]
            if layouts is not None and names != list(layouts):
                raise ValueError(f"it holds {', '.join(names) or 'nothing'}")
            return {name: _read(archive, name, (layouts or {}).get(name)) for name in names}
    except UNREADABLE as error:
        raise ValueError(f"not arrays in an .npz file: {error}") from None


def _read(archive: zipfile.ZipFile, name: str, layout: Layout | None) -> NDArray[Any]:
    with archive.open(f"{name}.npy") as member:
        shape, dtype = found = _read_header(member)
        if layout is not None and found != layout:
            wanted = " × ".join(map(str, layout[0]))
            raise ValueError(f"{name} is {dtype} {shape}, not {layout[1]} ({wanted})")
        if dtype.hasobject:
            raise ValueError(f"{name} holds objects, not numbers")
        size = math.prod(shape) * dtype.itemsize
        if min(shape, default=0) < 0:
            raise ValueError(f"{name} has a negative size")
        # Read no more than the header announces, and reserve no more than there is.
        body = member.read(size + 1)
    if len(body) != size:
        raise ValueError(f"{name} is not as long as its header says")
    return np.frombuffer(body, dtype).reshape(shape)


def _read_header(member: IO[bytes]) -> Layout:
    version = np.lib.format.read_magic(member)
    if version != (1, 0):
        raise ValueError(f"version {version} of .npy files is not read")
    shape, is_fortran, dtype = np.lib.format.read_array_header_1_0(member)
    if is_fortran:
        raise ValueError("its numbers are in the order of Fortran")
    return shape, dtype
