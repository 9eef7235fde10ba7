"""The machine that is measured, and how busy it is."""

import os
import platform
from collections.abc import Mapping
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import psutil

from scenes import __version__

IDLE_LOAD = 0.3
"""Load average of one minute below which a machine counts as idle."""
IDLE_SHARE = 10.0
"""Use of all cores, in percent, below which it does."""
FEATURES = ("avx2", "avx512f", "avx512_bf16", "amx_bf16", "avx_ne_convert", "bf16")
BFLOAT16 = FEATURES[1:]
"""With one of these oneDNN has more than a reference implementation of bfloat16, which takes a
hundred times as long."""
LIBRARIES = ("tensorflow", "tensorflow-cpu", "keras", "numpy", "pillow")
THREADING = ("OMP_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "TF_ENABLE_ONEDNN_OPTS")


def describe_machine() -> dict[str, Any]:
    """Return processor, cores, memory, versions, date and load as plain data."""
    info = _cpuinfo()
    return {
        "date": datetime.now().astimezone().isoformat(timespec="seconds"),
        "processor": info.get("model name") or platform.processor() or platform.machine(),
        "instructions": [name for name in FEATURES if name in _flags(info)],
        "cores": len(psutil.Process().cpu_affinity()) if hasattr(psutil.Process, "cpu_affinity")
        else os.cpu_count(),
        "memory_gib": round(psutil.virtual_memory().total / 2**30, 1),
        "system": platform.platform(),
        "python": platform.python_version(),
        "scenes": __version__,
        "versions": {name: found for name in LIBRARIES if (found := _version(name))},
        "environment": {name: os.environ[name] for name in THREADING if name in os.environ},
        **load(),
    }  # fmt: skip


def load() -> dict[str, float]:
    """Return how busy the machine is: the load of the last minute and the use of this second."""
    return {
        "load": round(psutil.getloadavg()[0], 2),
        "busy_percent": psutil.cpu_percent(interval=1.0),
    }


def is_idle(machine: Mapping[str, Any]) -> bool:
    """Return whether nothing else was going on when the machine was described."""
    return bool(machine["load"] < IDLE_LOAD and machine["busy_percent"] < IDLE_SHARE)


def has_bfloat16(machine: Mapping[str, Any]) -> bool:
    """Return whether training in bfloat16 is more than possible."""
    return any(name in machine["instructions"] for name in BFLOAT16)


def _flags(info: Mapping[str, str]) -> list[str]:
    return info.get("flags", info.get("Features", "")).split()  # x86, Arm


def _cpuinfo() -> dict[str, str]:
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8").split("\n\n")[0]
    except OSError:
        return {}
    pairs = (line.partition(":") for line in text.splitlines())
    return {key.strip(): value.strip() for key, _, value in pairs}


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
