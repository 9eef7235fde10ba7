"""What the user's environment holds for libraries changes no result."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from scenes.training.devices import device_environment
from scenes.training.executors.protocol import Ended, Job
from scenes.training.isolation import (
    ENVIRONMENT,
    KERAS_CONFIG,
    foreign_keras_config,
    worker_environment,
    worker_variables,
)

MEDDLING = {
    "DNNL_MAX_CPU_ISA": "SSE41",
    "KERAS_BACKEND": "jax",
    "KERAS_MAX_EPOCHS": "1",
    "MKL_NUM_THREADS": "7",
    "NPY_DISABLE_CPU_FEATURES": "AVX2",
    "NVIDIA_TF32_OVERRIDE": "1",
    "OMP_NUM_THREADS": "7",
    "ONEDNN_DEFAULT_FPMATH_MODE": "BF16",
    "TF_CONFIG": "{}",
    "TF_CUDNN_USE_AUTOTUNE": "1",
    "TF_DETERMINISTIC_OPS": "0",
    "TF_ENABLE_AUTO_MIXED_PRECISION": "1",
    "TF_ENABLE_ONEDNN_OPTS": "0",
    "TF_XLA_FLAGS": "--tf_xla_auto_jit=2",
    "XLA_FLAGS": "--xla_cpu_enable_fast_math=true",
}

CHANNELS_FIRST = {
    "image_data_format": "channels_first",
    "floatx": "float16",
    "epsilon": 0.1,
    "backend": "torch",
}

PROGRAM = """
import sys
from pathlib import Path
from jobs import job_named
from scenes.training.executors.local import LocalExecutor
from test_isolation import tell

if __name__ == "__main__":
    with LocalExecutor(1, log=Path(sys.argv[1] + ".log"), carry_out=tell) as executor:
        executor.submit(job_named(sys.argv[1]))
        print(executor.results(120.0))
"""


def tell(job: Job) -> None:
    """Write down what a worker has of the environment, and what Keras goes by."""
    import keras

    told = {
        "variables": {name: os.environ.get(name) for name in MEDDLING},
        "keras": [
            keras.config.image_data_format(),
            keras.config.floatx(),
            keras.config.epsilon(),
            keras.config.backend(),
        ],
        "shape": keras.layers.Conv2D(5, 3).compute_output_shape((1, 8, 9, 3)),
        "dtype": keras.layers.Dense(1).compute_dtype,
    }
    Path(job.id).write_text(json.dumps(told), encoding="utf-8")


def test_a_worker_is_deaf_to_its_surroundings(tmp_path: Path) -> None:
    """Neither variables nor keras.json reach what a worker computes with."""
    (tmp_path / "keras").mkdir()
    (tmp_path / "keras" / "keras.json").write_text(json.dumps(CHANNELS_FIRST), encoding="utf-8")
    tests = Path(__file__).parents[1]
    paths = [str(tests), str(tests / "training"), str(tests.parent)]
    answer = tmp_path / "answer"
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(answer)],
        env={
            **os.environ,
            **MEDDLING,
            "KERAS_HOME": str(tmp_path / "keras"),
            "PYTHONPATH": os.pathsep.join(paths),
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert str([Ended(str(answer))]) in done.stdout, done.stderr
    told = json.loads(answer.read_text(encoding="utf-8"))
    assert told["variables"] == {name: ENVIRONMENT.get(name) for name in MEDDLING}
    assert told["keras"] == list(KERAS_CONFIG.values())
    assert told["shape"] == [1, 6, 7, 5]
    assert told["dtype"] == "float32"


def test_variables_of_later_versions_are_removed_too() -> None:
    """Rules are by prefix; what places files or chooses the hardware stays."""
    kept = {"KERAS_HOME": "x", "CUDA_VISIBLE_DEVICES": "0", "PATH": "/bin", "LANG": "es_ES"}
    present = {"TF_NEW_IN_3": "1", "ONEDNN_NEW": "1", **kept}
    made = worker_variables(present, {"EXTRA": "e"})
    assert made["TF_NEW_IN_3"] is made["ONEDNN_NEW"] is None
    assert made["EXTRA"] == "e"
    assert kept.keys().isdisjoint(made)


def test_what_a_gpu_needs_is_not_removed() -> None:
    """A device's own variables win."""
    made = worker_variables({"TF_DETERMINISTIC_OPS": "0"}, device_environment("GPU-1"))
    assert (made["TF_DETERMINISTIC_OPS"], made["CUDA_VISIBLE_DEVICES"]) == ("1", "GPU-1")


def fail_as_a_worker() -> None:
    """Raise an error in the environment of a worker."""
    with worker_environment({"EXTRA": "e"}):
        assert os.environ["EXTRA"] == "e"
        assert "TF_XLA_FLAGS" not in os.environ
        raise LookupError


def test_the_callers_environment_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also after an error."""
    for name, value in MEDDLING.items():
        monkeypatch.setenv(name, value)
    before = dict(os.environ)
    with pytest.raises(LookupError):
        fail_as_a_worker()
    assert dict(os.environ) == before


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (json.dumps(CHANNELS_FIRST), CHANNELS_FIRST),
        (json.dumps(dict(KERAS_CONFIG)), {}),
        ("[1]", {}),
        ("{", {}),
        (None, {}),
    ],
)
def test_what_keras_json_sets_otherwise_is_found(
    content: str | None, found: object, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Only what differs, and nothing where there is no such file or it is damaged."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    if content is not None:
        (tmp_path / "keras.json").write_text(content, encoding="utf-8")
    assert foreign_keras_config() == found
