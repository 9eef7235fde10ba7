"""Examines the machine: what is there, what is missing, and what to do about it.

Nothing goes in but the folder of the store; out come `Check`s. What can crash is tried in a child
process: TensorFlow, and the libraries that draw a PDF.
"""

import json
import platform
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Literal

import psutil

from scenes.data.pictures import user_cache
from scenes.errors import ScenesError
from scenes.report.output.test_page import render_test_page
from scenes.runs.identity import training_versions
from scenes.spec.builtin_backbones import BACKBONES
from scenes.system.disk import free_bytes, write_problem
from scenes.system.formatting import said_count, said_size
from scenes.system.keras_cache import keras_models_folder
from scenes.system.kernel_filter import LIBRARY, find_library
from scenes.system.native_libraries import install_line, missing_libraries
from scenes.training.executors.local import WORKER_MEMORY
from scenes.training.isolation import (
    KERAS_CONFIG,
    foreign_keras_config,
    keras_config_path,
    worker_environment,
)
from scenes.training.weights import weights_status

TIME_LIMIT = 180  # seconds; importing TensorFlow from a cold disk takes long
ROOM = 2 * 10**9
"""Bytes that a full report of Scene-15 takes at its sizes: 0.7 GB of arrays, records, features."""

TENSORFLOW = """
import json, keras, tensorflow
gpus = [device.name for device in tensorflow.config.list_physical_devices("GPU")]
print(json.dumps([tensorflow.__version__, keras.__version__, gpus]))
"""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at.

    Attributes:
        state: "missing" where a report cannot be made without it; "note" where it can.
        name: What was looked at.
        told: What was found.
        hint: What to do.
    """

    state: Literal["ok", "note", "missing"]
    name: str
    told: str
    hint: str = ""


def examine(store: Path) -> Iterator[Check]:
    """Give every check, the quick ones first.

    Args:
        store: Where runs are to be kept.
    """
    yield _python()
    yield _packages()
    yield _processor()
    yield _memory()
    yield from _folders(store)
    yield _libraries()
    yield _limits()
    yield _poppler()
    yield _weights()
    yield _drawing()
    yield from _keras_settings()
    yield _training()


def _python() -> Check:
    told = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if sys.dont_write_bytecode:
        told += "; each process compiles every module anew, which takes a second or more"
        return Check("note", "Python", told, "Unset PYTHONDONTWRITEBYTECODE, and scenes is faster.")
    return Check("ok", "Python", told)


def _packages() -> Check:
    """Look for what the package says that it needs."""
    try:
        needed = [line for line in requires("scenes") or [] if "extra ==" not in line]
    except PackageNotFoundError:
        return Check("note", "packages", "scenes is run from a checkout and not installed")
    found, missing = [], []
    for line in needed:
        name = re.split(r"[^\w.-]", line, maxsplit=1)[0]
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    if missing:
        hint = f"Install them with: pip install {' '.join(missing)}"
        return Check("missing", "packages", f"not installed: {', '.join(missing)}", hint)
    return Check("ok", "packages", ", ".join(found))


def _processor() -> Check:
    cores, features = psutil.cpu_count(logical=False) or 1, _features()
    told = f"{said_count(cores, 'core|cores')}; {', '.join(features) or 'features unknown'}"
    if features and "avx" not in features:
        hint = "TensorFlow's packages need a processor with AVX; reports can be written without it."
        return Check("note", "processor", told, hint)
    return Check("ok", "processor", f"{told}; workers switch oneDNN on")


def _features() -> list[str]:
    """Return what decides how fast a processor trains; only Linux says."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return []
    flags = next((line.split(":")[1].split() for line in lines if line.startswith("flags")), [])
    return [one for one in ("avx", "avx2", "avx512f", "avx512_vnni", "amx_tile") if one in flags]


def _memory() -> Check:
    memory = psutil.virtual_memory()
    told = f"{said_size(memory.available)} of {said_size(memory.total)} are free"
    if memory.available < WORKER_MEMORY:
        hint = f"One worker takes about {said_size(WORKER_MEMORY)}: close what else is running."
        return Check("note", "memory", told, hint)
    return Check("ok", "memory", told)


def _folders(store: Path) -> Iterator[Check]:
    for name, folder in (("store", store), ("cache", user_cache())):
        if problem := write_problem(folder):
            hint = "Give yourself the right to write there, or name another with --store."
            yield Check("missing", name, f"cannot be written: {problem}", hint)
            continue
        free = free_bytes(folder)
        told = f"{folder}: can be written, {said_size(free)} are free"
        if name == "store" and free < ROOM:
            hint = f"A full report of Scene-15 takes about {said_size(ROOM)}: free some space."
            yield Check("note", name, told, hint)
        else:
            yield Check("ok", name, told)


def _libraries() -> Check:
    missing = missing_libraries()
    if missing:
        told = f"cannot be loaded: {', '.join(missing)}"
        return Check("missing", "libraries", told, f"Install them with: {install_line(missing)}")
    return Check("ok", "libraries", "WeasyPrint's system libraries are all there")


def _limits() -> Check:
    if sys.platform != "linux":
        return Check("ok", "limits", "Python refuses limited processes programs and network")
    if find_library() is None:
        told = f"{LIBRARY} is missing: only Python refuses limited processes programs and network"
        return Check("note", "limits", told, "Install it, on Debian: apt-get install libseccomp2")
    return Check("ok", "limits", "the kernel refuses limited processes programs and network")


def _poppler() -> Check:
    if shutil.which("pdftoppm"):
        return Check("ok", "poppler", "pages can be turned into pictures")
    return Check("note", "poppler", "not installed; only looking at pages as pictures needs it")


def _weights() -> Check:
    """Count the pretrained weights that need no download."""
    ready = [name for name in BACKBONES if weights_status(name).ready]
    told = f"{len(ready)} of {len(BACKBONES)} backbones in {keras_models_folder()}"
    if len(ready) == len(BACKBONES):
        return Check("ok", "weights", told)
    hint = "Keras downloads the others when they are first used; scenes weights lists the files."
    return Check("note", "weights", told, hint)


def _drawing() -> Check:
    """Draw a page, in the child process that a report is drawn in."""
    try:
        pdf = render_test_page()
    except ScenesError as error:
        heading, *problems = str(error).splitlines()
        told = " ".join([heading, *(problem.strip(" -") for problem in problems)])
        hint = "Install the libraries above and a font, such as fonts-dejavu-core on Debian."
        return Check("missing", "drawing", told, hint)
    return Check("ok", "drawing", f"a page of {len(pdf):,} bytes, with the report's fonts")


def _keras_settings() -> Iterator[Check]:
    """Yield settings of Keras that hold elsewhere and not in a run."""
    foreign = foreign_keras_config()
    if foreign:
        told = ", ".join(f"{name} = {value!r}" for name, value in foreign.items())
        own = ", ".join(str(KERAS_CONFIG[name]) for name in foreign)
        hint = f"No run depends on it: workers set {own} themselves."
        yield Check("note", "keras.json", f"{keras_config_path()} sets {told}", hint)


def _training() -> Check:
    """Import TensorFlow, in a process of its own."""
    if training_versions() is None:
        hint = "To train: pip install 'scenes[train-cpu]'  (or scenes[train] for GPUs)"
        return Check("note", "TensorFlow", "not installed; reports can be written", hint)
    command = [sys.executable, "-P", "-c", TENSORFLOW]
    hint = "Install it again: pip install --force-reinstall tensorflow-cpu keras"
    try:
        with worker_environment({}):
            child = subprocess.run(command, capture_output=True, text=True, timeout=TIME_LIMIT)
        tensorflow, keras, gpus = json.loads(child.stdout.splitlines()[-1])
    except subprocess.TimeoutExpired:
        return Check("missing", "TensorFlow", f"not imported after {TIME_LIMIT} seconds", hint)
    except (IndexError, ValueError):
        said = (child.stderr.strip().splitlines() or [f"it ended with code {child.returncode}"])[-1]
        return Check("missing", "TensorFlow", f"cannot be imported: {said}", hint)
    told = f"{tensorflow}, Keras {keras}; GPUs: {', '.join(gpus) or 'none'}"
    return Check("ok", "TensorFlow", told)
