"""What this machine is: the processor that a run's time and its last digits depend on."""

import os
import platform
from collections.abc import Iterable
from pathlib import Path

CPU_INFO = Path("/proc/cpuinfo")
AVX512 = ("avx512f", "avx512bw", "avx512vl", "avx512dq")
INSTRUCTION_SETS = {
    "SSE41": ("sse4_1",),
    "AVX": ("avx",),
    "AVX2": ("avx2",),
    "AVX2_VNNI": ("avx2", "avx_vnni"),
    "AVX512_CORE": AVX512,
    "AVX512_CORE_VNNI": (*AVX512, "avx512_vnni"),
    "AVX512_CORE_BF16": (*AVX512, "avx512_vnni", "avx512_bf16"),
    "AVX512_CORE_FP16": (*AVX512, "avx512_vnni", "avx512_bf16", "avx512_fp16"),
    "AVX512_CORE_AMX": (*AVX512, "avx512_vnni", "avx512_bf16", "amx_tile", "amx_bf16", "amx_int8"),
}
"""The flags that each needs, from narrow to wide, by the names of oneDNN, which does the arithmetic
of TensorFlow on processors of this kind and takes the widest that `ONEDNN_MAX_CPU_ISA` allows
(https://uxlfoundation.github.io/oneDNN/dev_guide_cpu_dispatcher_control.html)."""
OTHER_SETS = {"sve": "SVE", "asimd": "ASIMD"}
"""Of processors of another kind, from wide to narrow."""


def describe_machine() -> dict[str, object]:
    """Return what the environment of a record says of the machine.

    Returns:
        system, with the C library; processor; cores; and instruction_set, the widest that the
        libraries use here.
    """
    return {
        "system": platform.platform(),
        "processor": _processor(),
        "cores": os.cpu_count(),
        "instruction_set": instruction_set(_flags(), os.environ.get("ONEDNN_MAX_CPU_ISA", "")),
    }


def instruction_set(flags: Iterable[str], limit: str = "") -> str:
    """Return the widest instruction set that a processor has, up to a limit.

    Args:
        flags: As Linux names them.
        limit: One of `INSTRUCTION_SETS`; any other text is no limit.
    """
    found = frozenset(flags)
    names = list(INSTRUCTION_SETS)
    allowed = names[: names.index(limit.upper()) + 1] if limit.upper() in names else names
    for name in reversed(allowed):
        if found.issuperset(INSTRUCTION_SETS[name]):
            return name
    return next((name for flag, name in OTHER_SETS.items() if flag in found), platform.machine())


def usable_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):  # not on macOS and Windows
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _processor() -> str:
    named = _cpu_info("model name")
    return named or platform.processor() or platform.machine()


def _flags() -> list[str]:
    return (_cpu_info("flags") or _cpu_info("Features")).split()


def _cpu_info(key: str) -> str:
    """Return what Linux says of the first core; nothing on other systems."""
    try:
        lines = CPU_INFO.read_text(encoding="utf-8").splitlines()
    except OSError:
        return ""
    fields = (line.partition(":") for line in lines)
    return next((value.strip() for name, _, value in fields if name.strip() == key), "")
