"""Which GPUs workers are given: the driver's answer and the user's choice in, device names out.

Nothing here imports TensorFlow: the parent asks, and each worker then sees one device, or none.
"""

import os
import re
import subprocess
from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

DRIVER = Path("/proc/driver/nvidia/gpus")
ASKING = ("nvidia-smi", "-L")
PATIENCE = 20.0
"""Seconds that the driver may take to answer."""

WITHOUT_GPU = {"CUDA_VISIBLE_DEVICES": "-1"}
"""Keeps TensorFlow from looking for a GPU, and from telling that it has found none."""


def usable_gpus() -> tuple[str, ...]:
    """Return the GPUs that workers may use, as CUDA names them; none where TensorFlow has no CUDA.

    What `CUDA_VISIBLE_DEVICES` leaves out is left alone.
    """
    if not _tensorflow_has_cuda():
        return ()
    present = _present()
    chosen = os.environ.get("CUDA_VISIBLE_DEVICES")
    if not present or chosen is None:
        return present
    names = [name.strip() for name in chosen.split(",")]
    # CUDA looks at no device after a name that is none, which is how -1 hides them all.
    first_bad = next((i for i, name in enumerate(names) if name in ("", "-1")), len(names))
    return tuple(dict.fromkeys(names[:first_bad]))


def device_environment(gpu: str | None) -> Mapping[str, str]:
    """Return the variables by which a worker sees one GPU, or none."""
    if gpu is None:
        return WITHOUT_GPU
    return {
        "CUDA_VISIBLE_DEVICES": gpu,
        "TF_FORCE_GPU_ALLOW_GROWTH": "true",
        # cuDNN would otherwise choose other algorithms, and other bits, from run to run.
        "TF_DETERMINISTIC_OPS": "1",
    }


def _tensorflow_has_cuda() -> bool:
    """Return whether the TensorFlow that is installed was built for GPUs."""
    return _is_installed("tensorflow") and not _is_installed("tensorflow-cpu")


def _is_installed(package: str) -> bool:
    try:
        distribution(package)
    except PackageNotFoundError:
        return False
    return True


def _present() -> tuple[str, ...]:
    """Return every GPU of the machine; where one is cut into MIG devices, these."""
    try:
        answer = subprocess.run(
            ASKING, capture_output=True, text=True, timeout=PATIENCE, check=True
        ).stdout
    except (OSError, subprocess.SubprocessError):
        return tuple(str(number) for number, _ in enumerate(_folders()))
    return parse_listing(answer)


def _folders() -> list[Path]:
    return sorted(DRIVER.iterdir()) if DRIVER.is_dir() else []


def parse_listing(text: str) -> tuple[str, ...]:
    """Return the device ids of what `nvidia-smi -L` prints."""
    found: list[list[str]] = []
    for line in text.splitlines():
        match = re.search(r"\(UUID: ([\w-]+)\)", line)
        if match and line.startswith("GPU "):
            found.append([match[1]])
        elif match and found:
            found[-1].append(match[1])
    return tuple(name for gpu, *parts in found for name in (parts or [gpu]))
