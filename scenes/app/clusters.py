"""Joins the cluster that a user names: an address or a kind in, connected workers out.

Dask's messages are pickles: whoever reaches the scheduler runs code as the user who started it. So
an address is taken where the way to it is encrypted (`tls://`), or leads through no network.
"""

import importlib
import ipaddress
import logging
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from scenes.app.slurm_jobs import NO_PORT, require_extra, start_slurm
from scenes.errors import MachineError, UserError
from scenes.plan.memory import WORKER_BYTES, available_memory
from scenes.runs.store import Store
from scenes.spec.slurm import Slurm
from scenes.system.files import make_folder, writing
from scenes.system.formatting import said_count, said_size
from scenes.system.machine import usable_cores

if TYPE_CHECKING:
    from scenes.training.executors.cluster_crew import Answers, Crew

CHOICES = "tcp://HOST:PORT or tls://HOST:PORT (a scheduler that runs), local:N, slurm"
MOST_LOCAL = 1024
LOSSES_ALLOWED = 2
"""How many workers a run may lose before the next loss fails it, with a scheduler of our own."""
CONNECT_WAIT = 20.0


@dataclass(frozen=True)
class Place:
    """Where a user wants runs to be carried out.

    Attributes:
        kind: Of cluster.
        address: Of the scheduler, where there is one.
        count: Workers on this machine.
    """

    kind: str
    address: str = ""
    count: int = 0


def parse_place(text: str, *, insecure: bool = False) -> Place:
    """Return what `--cluster` names.

    Args:
        text: As the user wrote it.
        insecure: Take an address to which messages go unprotected.

    Raises:
        UserError: It names nothing, or such an address.
    """
    if text == "slurm":
        return Place("slurm")
    kind, _, count = text.partition(":")
    if kind == "local" and count.isdecimal() and 1 <= int(count) <= MOST_LOCAL:
        return Place("local", count=int(count))
    if kind in ("tcp", "tls") and _has_port(text):
        if kind == "tcp" and not insecure and not _is_loopback(text):
            raise UserError(
                f"--cluster {text}: messages would go over the network unprotected.",
                ["Dask sends pickles: whoever reaches the scheduler or a worker runs code as you"],
                "Start scheduler and workers with certificates and use tls://, or come through a "
                "tunnel to 127.0.0.1. Where everybody on this network may do so: --insecure",
            )
        return Place(kind, address=text)
    raise UserError(f"--cluster {text}: there is no such cluster.", [f"it must be {CHOICES}"])


def crowding(place: Place) -> str | None:
    """Return what to say of more workers here than there are cores; None where there are enough.

    Raises:
        MachineError: There is no memory for so many.
    """
    fed, cores = int(available_memory() // WORKER_BYTES), usable_cores()
    if place.count > max(1, fed):
        raise MachineError(
            f"--cluster local:{place.count}: there is no memory for so many workers.",
            [
                f"each takes {said_size(WORKER_BYTES)} with TensorFlow alone, and"
                f" {said_size(available_memory())} are free"
            ],
            f"At most local:{max(1, fed)} fits; more than local:{cores}, one for each core, is no"
            " faster.",
        )
    return (
        f"{place.count} workers share {said_count(cores, 'core|cores')}: more than local:{cores} is"
        " no faster."
        if place.count > cores
        else None
    )


def _has_port(text: str) -> bool:
    try:
        parts = urlsplit(text)
        return bool(parts.hostname and parts.port)
    except ValueError:
        return False


def _is_loopback(text: str) -> bool:
    """Return whether every address of a host is this machine itself."""
    try:
        found = socket.getaddrinfo(urlsplit(text).hostname, None)
    except OSError:
        return False
    return all(ipaddress.ip_address(one[4][0]).is_loopback for one in found)


@contextmanager
def cluster_joined(
    text: str,
    store: Store,
    *,
    insecure: bool = False,
    settings: Slurm | None = None,
    waiting: Callable[[float], None] | None = None,
) -> "Iterator[Crew]":
    """Join a cluster, or start one, for as long as the block lasts.

    Args:
        text: As `parse_place`.
        store: Of the runs.
        insecure: As `parse_place`.
        settings: What a report says of its Slurm jobs.
        waiting: Is called with the seconds left where no worker is there yet.

    Raises:
        UserError: It names nothing, cannot be reached, or its workers cannot be used.
    """
    with _connected(text, store, insecure, settings) as client:
        from scenes.training.executors.cluster_crew import joined

        with joined(client, store, waiting=waiting) as crew:
            yield crew


@contextmanager
def cluster_asked(text: str, store: Store, *, insecure: bool = False) -> "Iterator[Answers]":
    """Ask the workers of a cluster what they have, whether or not they can be used.

    Raises:
        UserError: It names nothing, cannot be reached, or has no workers.
    """
    with _connected(text, store, insecure, None) as client:
        from scenes.training.executors.cluster_crew import WORKERS_WAIT, ask_workers

        # Jobs of Slurm may stand in a queue.
        timeout = WORKERS_WAIT if text == "slurm" else CONNECT_WAIT
        with ask_workers(client, store, timeout=timeout) as answers:
            yield answers


@contextmanager
def _connected(text: str, store: Store, insecure: bool, settings: Slurm | None) -> Iterator[Any]:
    place = parse_place(text, insecure=insecure)
    require_extra("distributed", "A cluster needs Dask")
    with _logged(store), _client(place, settings, store) as client:
        yield client


@contextmanager
def _logged(store: Store) -> Iterator[None]:
    """Let what Dask says of its connections go to the log of the workers meanwhile."""
    importlib.import_module("distributed")  # which sets up its own handlers
    with writing(store.log):
        make_folder(store.root)
        handler = logging.FileHandler(store.log)
    # Some of Dask's loggers have handlers of their own.
    own = [name for name in logging.Logger.manager.loggerDict if name.startswith("distributed.")]
    loggers = [logging.getLogger(name) for name in ("distributed", "tornado", "asyncio", *own)]
    before = [(logger.handlers, logger.propagate) for logger in loggers]
    for logger in loggers:
        logger.handlers, logger.propagate = [handler], False
    try:
        yield
    finally:
        for logger, (handlers, propagate) in zip(loggers, before, strict=True):
            logger.handlers, logger.propagate = handlers, propagate
        handler.close()


@contextmanager
def _client(place: Place, settings: Slurm | None, store: Store) -> Iterator[Any]:
    """Connect to a scheduler; start it, with its workers, where the place says so."""
    import dask
    from distributed import Client

    with ExitStack() as stack:
        address: Any = place.address
        if not place.address:
            allowed = {"distributed.scheduler.allowed-failures": LOSSES_ALLOWED}
            stack.enter_context(dask.config.set(allowed))
            started = (
                _start_local(place, store) if place.count else start_slurm(settings, store.cache)
            )
            address = stack.enter_context(started)
        try:
            if place.kind == "tls":
                _require_certificate(place.address)
            client = Client(address, timeout=CONNECT_WAIT, set_as_default=False)
        except (OSError, TimeoutError, ValueError) as error:
            raise MachineError(
                f"The scheduler {place.address} cannot be reached.",
                [str(error).splitlines()[0] if str(error) else type(error).__name__],
                "Start it with: dask scheduler --host 127.0.0.1 --port 8786",
            ) from None
        stack.callback(client.close)
        yield client


def _require_certificate(address: str) -> None:
    """Refuse to connect without a certificate, for which Dask has no words.

    Raises:
        MachineError: Its configuration names none.
        OSError: One that it names cannot be read.
    """
    from distributed.security import Security

    if Security().get_connection_args("client").get("ssl_context") is None:
        raise MachineError(
            f"--cluster {address}: there is no certificate to connect with.",
            ["the configuration of Dask names no ca-file, client cert and client key"],
            "Name them under distributed: comm: tls: in ~/.config/dask/distributed.yaml; the page "
            "is https://distributed.dask.org/en/stable/tls.html",
        )


@contextmanager
def _start_local(place: Place, store: Store) -> Iterator[Any]:
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=place.count,
        threads_per_worker=1,
        host="127.0.0.1",
        dashboard_address=NO_PORT,
        memory_limit=0,  # what trains is another process, which this would not count
        local_directory=str(store.cache / "dask"),
        silence_logs=logging.CRITICAL,
    ) as cluster:
        yield cluster
