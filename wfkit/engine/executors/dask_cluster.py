"""Which Dask cluster is it, and who works there? One that runs already, or one of our own."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable
from typing import Any

from wfkit.core.errors import WfkitError
from wfkit.engine.executors.dask_worker import Joined, join, versions
from wfkit.engine.failure import in_a_line
from wfkit.engine.shipping import setting

PATIENCE = 30.0
"""Seconds that a cluster has to answer, and its first worker to be ready."""

_LOOPBACK = "127.0.0.1"
_MOST_EVENTS = 1_000


class NoCluster(WfkitError):
    """There is no Dask cluster that could run anything."""


class Member:
    """A worker of a cluster: where it is, who it is, how many attempts it runs at a time."""

    def __init__(self, address: str, who: str, threads: int) -> None:
        self.address, self.who, self.threads = address, who, threads
        self.busy = 0


class Cluster:
    """A cluster, seen through one client; it lives as long as this process, or until `close`."""

    def __init__(self, address: str | None) -> None:
        self.address = address
        self.members: dict[str, Member] = {}
        self.listeners: list[Callable[[str, str], None]] = []
        self._changed = threading.Condition()
        self._problem = ""
        self._workers: list[subprocess.Popen[bytes]] = []
        self._local: Any = None
        self._setting = b""
        self._is_closing = False
        self.client = self._connected() if address else self._started()
        self.client.subscribe_topic("all", self._hear)
        for known in self._known():
            self._greet(known)

    @property
    def is_ours(self) -> bool:
        """True for a cluster on this machine that this process has started."""
        return self.address is None

    @property
    def is_alive(self) -> bool:
        """True as long as the scheduler answers."""
        return bool(self.client.status == "running")

    def have(self, count: int) -> None:
        """Have so many workers of our own, where the cluster is ours, and one at least that works.

        Raises NoCluster when none is ready in time.
        """
        if self.is_ours:
            found = setting()
            if found != self._setting:
                self._setting = found
                for it in list(self.members):
                    with contextlib.suppress(Exception):  # one that is gone is told of elsewhere
                        self._asked(it)
            self._workers = [it for it in self._workers if it.poll() is None]
            for _ in range(count - len(self._workers)):
                self._workers.append(_worker(self.client.scheduler.address))
        with self._changed:
            self._changed.wait_for(lambda: self.members or self._problem, PATIENCE)
            if not self.members:
                raise NoCluster(self._problem or self._nobody())

    def grow(self) -> None:
        """Have one more worker where the cluster is ours: one of them is held up, or gone."""
        if self.is_ours and self.is_alive and not self._is_closing:
            self._workers.append(_worker(self.client.scheduler.address))

    def close(self) -> None:
        """End it, where it is ours, and the connection to it."""
        self._is_closing = True
        with contextlib.suppress(Exception):
            self.client.close(timeout=1)
        for it in self._workers:
            it.kill()
        for it in self._workers:
            it.wait()
        if self._local is not None:
            with contextlib.suppress(Exception):
                self._local.close(timeout=2)

    def _nobody(self) -> str:
        where = "of this machine" if self.is_ours else f"at {self.address}"
        return (
            f"no worker of the Dask cluster {where} was ready within {PATIENCE:g} s.\n"
            "Start one (dask worker ADDRESS), or use another executor."
        )

    def _connected(self) -> Any:
        try:
            return _client(self.address, timeout=PATIENCE / 3)
        except Exception as cause:  # noqa: BLE001 - whatever keeps it from answering
            raise NoCluster(
                f"no Dask scheduler answers at {self.address}: {in_a_line(cause)}.\n"
                "Start one (dask scheduler), or leave the address out for one of this machine."
            ) from None

    def _started(self) -> Any:
        import dask
        import distributed

        local: Any = distributed.LocalCluster
        with dask.config.set({"distributed.admin.low-level-log-length": _MOST_EVENTS}):
            self._local = local(
                n_workers=0, host=_LOOPBACK, dashboard_address=f"{_LOOPBACK}:0", silence_logs=50
            )
        return _client(self._local)

    def _hear(self, event: tuple[float, Any]) -> None:
        _, about = event
        action = about.get("action") if isinstance(about, dict) else None
        if action == "add-worker":
            self._greet(about["worker"])
        elif action == "remove-worker":
            self._leave(about["worker"])

    def _known(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        return found

    def _greet(self, address: str) -> None:
        """Ask a worker to join, without waiting for it."""
        threading.Thread(
            target=self._invite, args=(address,), name="wfkit-dask-join", daemon=True
        ).start()

    def _invite(self, address: str) -> None:
        problem, joined, threads = "", None, 1
        try:
            threads = int(self._known()[address]["nthreads"])
            joined = self._asked(address)
            problem = _difference(joined)
        except KeyError:
            return  # it is gone again
        except Exception as cause:  # noqa: BLE001 - whatever keeps a worker from answering
            problem = (
                f"a worker of the Dask cluster cannot run tasks of wfkit: {in_a_line(cause)}.\n"
                "Install the same wfkit there: python -m pip install 'wfkit[dask]'"
            )
        with self._changed:
            self._problem = problem
            if joined is not None and not problem:
                self.members.setdefault(address, Member(address, joined.who, threads))
            self._changed.notify_all()
        self.tell("came", address)

    def _asked(self, address: str) -> Joined:
        future = self.client.submit(
            join, self._setting, workers=[address], pure=False, retries=0, priority=1_000
        )
        found: Joined = future.result(timeout=PATIENCE)
        return found

    def _leave(self, address: str) -> None:
        with self._changed:
            member = self.members.pop(address, None)
        if member is not None:
            self.tell("gone", address)
            self.grow()

    def tell(self, what: str, address: str) -> None:
        """Tell all that listen that a worker came, is gone, or is free again."""
        for listener in list(self.listeners):
            listener(what, address)


def _client(*arguments: Any, **options: Any) -> Any:
    import distributed

    client: Any = distributed.Client
    return client(*arguments, set_as_default=False, **options)


def _difference(joined: Joined) -> str:
    here = versions()
    odd = [
        f"{name} is {there} there and {here[name]} here"
        for name, there in joined.versions.items()
        if there != here[name]
    ]
    if not odd:
        return ""
    return (
        f"a worker of the Dask cluster cannot run these tasks: {', '.join(odd)}.\n"
        "Install the same versions on both sides."
    )


def _worker(scheduler: str) -> subprocess.Popen[bytes]:
    """Start a worker process that ends when its scheduler does."""
    command = [sys.executable, "-P", "-m", "distributed.cli.dask_worker", scheduler]
    command += ["--host", _LOOPBACK, "--nthreads", "1", "--no-nanny", "--no-dashboard"]
    command += ["--memory-limit", "0", "--death-timeout", "10"]
    command += ["--local-directory", tempfile.gettempdir()]
    options: dict[str, Any] = {}
    if sys.platform != "win32":
        options["start_new_session"] = True  # Ctrl-C is for the notebook
    return subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **options,
    )


_clusters: dict[str | None, Cluster] = {}
_opening = threading.Lock()


def cluster_at(address: str | None) -> Cluster:
    """Return the cluster at an address, or that of this machine. Raises NoCluster."""
    check_installed()
    with _opening:
        found = _clusters.get(address)
        if found is None or not found.is_alive:
            found = _clusters[address] = Cluster(address)
        return found


def ready(address: str | None, slots: int = 1) -> Cluster:
    """Return the cluster at an address, or that of this machine, with workers for `slots`.

    Raises NoCluster.
    """
    found = cluster_at(address)
    found.have(min(slots, max(2, os.cpu_count() or 1)))
    return found


def check_installed() -> None:
    """Raise NoCluster where Dask is not installed."""
    if importlib.util.find_spec("distributed") is None:
        raise NoCluster(
            'executor="dask" needs Dask, which is not installed here.\n'
            "Install it: python -m pip install 'wfkit[dask]'"
        )


@atexit.register
def close_all() -> None:
    """End every connection, and the clusters of our own."""
    while _clusters:
        _clusters.popitem()[1].close()


def _forget() -> None:
    _clusters.clear()  # in a forked child: they are not its own


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_forget)
