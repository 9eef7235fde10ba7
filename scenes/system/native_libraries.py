"""The system libraries that WeasyPrint draws with: which are missing, and how to install them.

WeasyPrint loads them when it is imported, and a report ends with it, so this is checked before
anything is trained. Nothing is installed from here: `noxfile.py` does, where it may.
"""

import ctypes.util
import platform
import shutil
import subprocess
import sys

from scenes.errors import MachineError

DEBIAN = {
    "pango-1.0": "libpango-1.0-0",
    "pangoft2-1.0": "libpangoft2-1.0-0",
    "harfbuzz-subset": "libharfbuzz-subset0",
}
"""The libraries by name, and the Debian package of each."""


def missing_libraries() -> list[str]:
    """Return the names of the libraries that cannot be loaded here."""
    if sys.platform == "win32":
        # There WeasyPrint searches folders of its own: only an import tells.
        return [] if _weasyprint_loads() else list(DEBIAN)
    return [name for name in DEBIAN if not _loads(name)]


def _loads(name: str) -> bool:
    for candidate in (f"lib{name}.so.0", f"lib{name}.0.dylib", ctypes.util.find_library(name)):
        try:
            if candidate:
                ctypes.CDLL(candidate)
                return True
        except OSError:
            continue
    return False


def _weasyprint_loads() -> bool:
    command = [sys.executable, "-c", "import weasyprint"]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def install_line(missing: list[str]) -> str:
    """Return the command that installs them on this platform."""
    if sys.platform == "darwin":
        return "brew install pango harfbuzz"
    if sys.platform == "win32":
        return "pacman -S mingw-w64-ucrt-x86_64-pango  (in an MSYS2 shell)"
    release = _os_release()
    packages = " ".join(DEBIAN[name] for name in missing)
    if shutil.which("apt-get"):
        return f"sudo apt-get install -y {packages}"
    if shutil.which("dnf"):
        return "sudo dnf install pango harfbuzz"
    if shutil.which("apk"):
        return "sudo apk add pango harfbuzz-subset font-dejavu"
    if shutil.which("pacman"):
        return "sudo pacman -S pango harfbuzz"
    return f"install pango and harfbuzz with the package manager of {release}"


def _os_release() -> str:
    try:
        return platform.freedesktop_os_release()["PRETTY_NAME"]
    except (OSError, KeyError):
        return platform.system()


def require_libraries() -> None:
    """Check that a PDF can be drawn here.

    Raises:
        MachineError: A library is missing; the hint is the command that installs it.
    """
    missing = missing_libraries()
    if missing:
        raise MachineError(
            "WeasyPrint, which writes the PDF, lacks system libraries; nothing has been trained.",
            [f"{name} cannot be loaded" for name in missing],
            f"Install them with: {install_line(missing)}",
        )
