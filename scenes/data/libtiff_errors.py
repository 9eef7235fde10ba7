"""What libtiff says of a file: kept for the message about it, instead of printed without a name.

Libtiff writes to standard error, for the whole process and without the name of a file. Here its
errors are kept by thread, since a file is decoded by one. Where Pillow does not offer libtiff's
functions, as on Windows, they are printed as before.
"""

import contextlib
import ctypes
import threading
from collections.abc import Iterator

from PIL import Image

_HANDLER = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)
_LONGEST = 500
_told = threading.local()


@contextlib.contextmanager
def kept_errors() -> Iterator[list[str]]:
    """Collect what libtiff says in this thread while the block runs."""
    outer = getattr(_told, "lines", None)
    _told.lines = []
    try:
        yield _told.lines
    finally:
        _told.lines = outer


def _keep(module: bytes | None, form: bytes, values: int) -> None:
    """Take one message; called by libtiff, with the values as vprintf takes them."""
    text = ctypes.create_string_buffer(_LONGEST)
    ctypes.CDLL(None).vsnprintf(text, _LONGEST, form, ctypes.c_void_p(values))
    lines = getattr(_told, "lines", None)
    if lines is not None:
        lines.append(text.value.decode("utf-8", "replace").strip())


_keep_errors = _HANDLER(_keep)  # kept here: libtiff calls it as long as the process lives
with contextlib.suppress(OSError, AttributeError):
    ctypes.CDLL(Image.core.__file__).TIFFSetErrorHandler(_keep_errors)  # type: ignore[attr-defined]
    ctypes.CDLL(Image.core.__file__).TIFFSetWarningHandler(None)  # type: ignore[attr-defined]
