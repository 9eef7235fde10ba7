"""What `--cluster` takes, and what it refuses before anything is connected."""

from pathlib import Path

import pytest

from scenes.app import clusters
from scenes.app.clusters import Place, cluster_asked, crowding, parse_place
from scenes.errors import MachineError, UserError
from scenes.runs.store import Store


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("slurm", Place("slurm")),
        ("local:4", Place("local", count=4)),
        ("tcp://127.0.0.1:8786", Place("tcp", "tcp://127.0.0.1:8786")),
        ("tcp://localhost:8786", Place("tcp", "tcp://localhost:8786")),
        ("tcp://[::1]:8786", Place("tcp", "tcp://[::1]:8786")),
        ("tls://10.1.2.3:8786", Place("tls", "tls://10.1.2.3:8786")),
    ],
)
def test_a_cluster_is_named(text: str, place: Place) -> None:
    """A scheduler that runs, workers of this machine, or Slurm."""
    assert parse_place(text) == place


@pytest.mark.parametrize(
    "text",
    [
        *("", "local", "local:0", "local:-1", "local:x", "local:99999", "Slurm", "pbs"),
        *("tcp://", "tcp://host", "tcp://127.0.0.1:port", "tcp://127.0.0.1:999999"),
        *("http://127.0.0.1:80", "127.0.0.1:8786", "tcp://[::1:8786"),
    ],
)
def test_what_names_no_cluster_is_refused(text: str) -> None:
    """With the choices."""
    with pytest.raises(UserError, match="there is no such cluster") as refused:
        parse_place(text)
    assert "local:N, slurm" in str(refused.value)


@pytest.mark.parametrize(
    "text", ["tcp://10.1.2.3:8786", "tcp://0.0.0.0:8786", "tcp://no.such.host.invalid:1"]
)
def test_pickles_go_over_no_network_unasked(text: str) -> None:
    """Without TLS only this machine is taken, unless the user says that it may be."""
    with pytest.raises(UserError, match="unprotected") as refused:
        parse_place(text)
    assert "runs code as you" in str(refused.value)
    assert "--insecure" in str(refused.value)
    assert parse_place(text, insecure=True) == Place("tcp", text)


def test_tls_without_a_certificate_says_where_to_name_one(tmp_path: Path) -> None:
    """Dask itself raises a TypeError, which would look like a fault of the program."""
    with (
        pytest.raises(MachineError, match="there is no certificate to connect with") as refused,
        cluster_asked("tls://127.0.0.1:8786", Store(tmp_path)),
    ):
        pass
    assert "distributed.yaml" in refused.value.hint


def test_more_workers_here_than_cores_are_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    """They work, and somebody may try a cluster so; but they save no time."""
    monkeypatch.setattr(clusters, "usable_cores", lambda: 2)
    monkeypatch.setattr(clusters, "available_memory", lambda: 12e9)
    assert crowding(Place("local", count=2)) is None
    assert crowding(Place("slurm")) is None
    note = crowding(Place("local", count=4))
    assert note == "4 workers share 2 cores: more than local:2 is no faster."


def test_more_workers_here_than_memory_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before any is started, with the rule and how many there may be; one may always be."""
    monkeypatch.setattr(clusters, "usable_cores", lambda: 2)
    monkeypatch.setattr(clusters, "available_memory", lambda: 3e9)
    with pytest.raises(MachineError, match="no memory for so many workers") as refused:
        crowding(Place("local", count=64))
    assert "each takes" in refused.value.problems[0]
    assert "At most local:5 fits" in refused.value.hint
    monkeypatch.setattr(clusters, "available_memory", lambda: 1e8)
    assert crowding(Place("local", count=1)) is None
