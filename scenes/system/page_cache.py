"""How much of a file the system holds in memory: a path in, a share out.

What it does not hold is read from the disk, at its pace, when it is first used.
"""

import ctypes
import mmap
import sys
from pathlib import Path

import numpy as np


def resident_share(path: Path) -> float | None:
    """Return the share of a file that is in memory, 0 to 1; None where the system does not tell.

    Raises:
        OSError: The file cannot be read.
    """
    size = path.stat().st_size
    if sys.platform != "linux" or not size:
        return None
    pages = -(-size // mmap.PAGESIZE)
    states = (ctypes.c_ubyte * pages)()
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, flags=mmap.MAP_PRIVATE) as mapped:
        # A private map is writable, which ctypes asks for; nothing is written.
        start = ctypes.c_char.from_buffer(mapped)
        try:
            mincore = ctypes.CDLL(None, use_errno=True).mincore
            mincore.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_void_p)
            failed = mincore(ctypes.addressof(start), size, states)
        finally:
            del start
    if failed:
        return None
    return float((np.frombuffer(bytes(states), np.uint8) & 1).mean())
