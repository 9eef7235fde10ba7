"""Workers are forked from a process that has imported what they need and computed nothing."""

import json
import os
import subprocess
import sys
from multiprocessing import forkserver
from pathlib import Path
from typing import Any

import psutil
import pytest
from jobs import job_named

from scenes.errors import MachineError
from scenes.system.scratch import scratch_folder
from scenes.training import fork_server
from scenes.training.devices import WITHOUT_GPU
from scenes.training.executors.local import LocalExecutor
from scenes.training.executors.protocol import Ended, Job
from scenes.training.fork_server import LARGE_PAGES, LOG, TUNABLES, start_fork_server
from scenes.training.isolation import ENVIRONMENT, worker_environment, worker_variables

pytestmark = pytest.mark.skipif(not fork_server.CAN_FORK, reason="workers start by themselves here")

LOOK = f"""
import json, os, sys
answer = os.fdopen(os.dup(1), "w")
os.environ[{LOG!r}] = sys.argv[1]
import scenes.training.preload
from tensorflow.python.eager import context
print(json.dumps([
    len(os.listdir("/proc/self/task")), context.context()._initialized, "keras" in sys.modules,
    {{name: os.environ.get(name) for name in {list(ENVIRONMENT)!r}}}, {LOG!r} in os.environ,
]), file=answer, flush=True)
print("said")
"""

SUBMIT = """
import sys
from pathlib import Path
from scenes.errors import MachineError
from scenes.training.executors.local import LocalExecutor
from scenes.training.executors.protocol import Job

if __name__ == "__main__":
    try:
        with LocalExecutor(1, log=Path(sys.argv[1]), carry_out=print) as executor:
            executor.submit(Job("a", None, 0, {}, None, None))
    except MachineError as error:
        print(error)
"""


START = """
import sys
from multiprocessing import forkserver
from pathlib import Path
from scenes.training.fork_server import start_fork_server

start_fork_server(Path(sys.argv[1]))
print(forkserver._forkserver._forkserver_address)
"""


def tell(job: Job) -> None:
    """Write down what this process is, in a file that is named as the job's."""
    Path(job.id).write_text(f"{os.getppid()} {'tensorflow' in sys.modules} {os.environ[TUNABLES]}")


def work(path: Path, log: Path) -> list[str]:
    """Return what a worker says of itself, and of the process that it was forked from."""
    with LocalExecutor(1, log=log, carry_out=tell) as executor:
        executor.submit(job_named(str(path)))
        assert executor.results(60.0) == [Ended(str(path))]
    return path.read_text().split()


def test_a_worker_begins_with_everything_imported(tmp_path: Path) -> None:
    """It has a parent of its own, in which TensorFlow was imported for all of them."""
    first, second = (work(tmp_path / name, tmp_path / "log") for name in "ab")
    assert first == second
    assert int(first[0]) != os.getpid()
    assert int(first[0]) in {child.pid for child in psutil.Process().children()}
    assert first[1:] == ["True", LARGE_PAGES]


def test_nothing_is_computed_before_the_fork(tmp_path: Path) -> None:
    """One thread, no context of TensorFlow, the workers' environment, nothing on the terminal."""
    log = tmp_path / "workers.log"
    with worker_environment({}):
        done = subprocess.run(
            [sys.executable, "-c", LOOK, str(log)], capture_output=True, text=True, check=True
        )
    assert json.loads(done.stdout) == [1, False, True, ENVIRONMENT, False]
    assert done.stderr == ""
    assert "said" in log.read_text()


def test_the_module_does_nothing_elsewhere() -> None:
    """Whoever imports it by name gets no TensorFlow and keeps the terminal."""
    code = "import sys, scenes.training.preload; print('tensorflow' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_the_callers_environment_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is set for the process is set in it alone, and what the user has set there holds."""
    seen: dict[str, str] = {}
    monkeypatch.setenv(TUNABLES, "glibc.malloc.check=1")
    monkeypatch.setattr(forkserver, "ensure_running", lambda: seen.update(os.environ))
    before = dict(os.environ)
    start_fork_server(tmp_path / "log")
    assert dict(os.environ) == before
    given = {LOG: str(tmp_path / "log"), "TMPDIR": str(scratch_folder())}
    variables = worker_variables(before, {**WITHOUT_GPU, **given})
    assert seen == {name: value for name, value in (before | variables).items() if value}


def test_what_keeps_it_from_starting_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A temporary folder whose path is too long for a socket is the user's to mend."""

    def fail() -> Any:
        raise OSError("AF_UNIX path too long")

    monkeypatch.setattr(forkserver, "ensure_running", fail)
    with pytest.raises(MachineError, match="AF_UNIX path too long") as caught:
        start_fork_server(tmp_path / "log")
    assert "TMPDIR" in str(caught.value)


def test_a_process_that_ends_while_it_imports_is_told(tmp_path: Path) -> None:
    """A TensorFlow that this processor cannot run is no failure of a run: nothing is trained."""
    (tmp_path / "tensorflow.py").write_text("import os; os.abort()")
    program = tmp_path / "program.py"
    program.write_text(SUBMIT)
    paths = filter(None, [str(tmp_path), os.environ.get("PYTHONPATH")])
    done = subprocess.run(
        [sys.executable, str(program), str(tmp_path / "workers.log")],
        capture_output=True,
        text=True,
        check=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(paths)},
    )
    assert "has ended while it imported TensorFlow" in done.stdout
    assert "workers.log" in done.stdout


def test_temporary_files_may_have_a_long_path(tmp_path: Path) -> None:
    """A socket's may not, and lies elsewhere; at the end it is gone."""
    long = tmp_path / ("x" * 100)
    long.mkdir()
    ran = subprocess.run(
        [sys.executable, "-c", START, tmp_path / "log"],
        env={**os.environ, "TMPDIR": str(long)},
        capture_output=True,
        text=True,
        check=True,
    )
    socket = Path(ran.stdout.strip())
    assert len(os.fsencode(socket)) <= fork_server.SOCKET_PATH
    assert not socket.parent.exists()
    assert not list(long.iterdir())
