"""Which Dask cluster is it, who works there, and what is under way? One for all runs here."""

from __future__ import annotations

import atexit
import contextlib
import importlib.util
import os
import queue
import threading
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from wfkit.core.errors import WfkitError
from wfkit.engine import wire
from wfkit.engine.executors.dask_local import LocalCluster
from wfkit.engine.executors.dask_worker import Joined, Line, attempt, cancel, join, versions
from wfkit.engine.failure import in_a_line

PATIENCE = 30.0
"""Seconds that a cluster has to answer, and its first worker to be ready."""

ENDS = frozenset({wire.FINISHED, wire.UNLOADABLE, wire.LOST})
"""What is told last of an attempt."""

_BLINK = 1.0
Hear = Callable[[int, bytes], None]


class NoCluster(WfkitError):
    """There is no Dask cluster that could run anything."""


class Member:
    """A worker of a cluster: where it is, who it is, how many attempts it runs at a time."""

    def __init__(self, address: str, who: str, threads: int) -> None:
        self.address, self.who, self.threads = address, who, threads
        self.busy = 0


class Sent:
    """An attempt that a worker has got; `hear` is told what it lets out, while anybody listens.

    `needs` are the workers that have inputs of it.
    """

    def __init__(self, member: Member, hear: Hear, needs: frozenset[str] = frozenset()) -> None:
        self.token = uuid4().hex
        self.member, self.needs = member, needs
        self.hear: Hear | None = hear
        self.is_held = False
        self.future: Any = None
        self.is_begun = False


class Cluster:
    """A cluster, seen through one client; it lives as long as this process, or until `close`."""

    def __init__(self, address: str | None) -> None:
        self.address = address
        self.members: dict[str, Member] = {}
        self.listeners: list[Callable[[str], None]] = []
        self._changed = threading.Condition()
        self._sent: dict[str, Sent] = {}
        self._invited = 0
        self._wanted = 0
        self._problem = ""
        self._is_closing = False
        self._topic = f"wfkit-{uuid4().hex}"
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._local = None if address else LocalCluster()
        self.client = self._connected()
        self.client.subscribe_topic(self._topic, self._news.put)
        self.client.subscribe_topic("all", self._news.put)
        threading.Thread(target=self._listen, name="wfkit-dask", daemon=True).start()
        for known in self._known():
            self._greet(known)

    @property
    def is_ours(self) -> bool:
        """True for a cluster on this machine that this process has started."""
        return self._local is not None

    @property
    def is_alive(self) -> bool:
        """True as long as the scheduler answers."""
        return bool(self.client.status == "running")

    def have(self, count: int) -> None:
        """Have so many workers of our own, where the cluster is ours, and one at least that works.

        Raises NoCluster when none is ready in time.
        """
        self._wanted = max(self._wanted, count)
        self._grow()
        with self._changed:
            self._changed.wait_for(self._is_clear, PATIENCE)
            if not self.members:
                raise NoCluster(self._problem or self._nobody())

    def setting(self) -> str:
        """Return the file of what workers take over from this process; none on other machines."""
        return "" if self._local is None else self._local.setting()

    def send(
        self,
        packed: tuple[bytes, bytes],
        given: dict[str, Any],
        sent: Sent,
        *,
        setting: str,
        priority: int,
    ) -> None:
        """Let a worker have an attempt: task and order as bytes, and inputs that are on workers."""
        line = Line(self._topic, sent.token, sent.member.who, setting)
        # Who hears of its end waits for this lock, so that the future is known by then.
        with self._changed:
            self._sent[sent.token] = sent
            sent.member.busy += 1
            sent.future = self.client.submit(
                attempt,
                *packed,
                given,
                line,
                key=f"wfkit-{sent.token}",
                workers=[sent.member.address],
                priority=priority,
                pure=False,
                retries=0,
            )

    def ask_to_end(self, sent: Sent) -> None:
        """Let a body know that it is to end; its worker is busy until it has."""
        if sent.token not in self._sent:
            return
        sent.is_held = True
        with contextlib.suppress(Exception):  # a cluster that is gone runs nothing
            self.client.run(
                cancel, sent.token, workers=[sent.member.address], wait=False, on_error="ignore"
            )
        self._grow()

    def take_back(self, sent: Sent, why: str) -> None:
        """Give up an attempt that cannot begin any more."""
        sent.future.cancel(force=True)
        self._news.put((0.0, {"token": sent.token, "kind": wire.LOST, "payload": why.encode()}))

    def close(self) -> None:
        """End it, where it is ours, and the connection to it."""
        self._is_closing = True
        self._news.put(None)
        with contextlib.suppress(Exception):
            self.client.close(timeout=1)
        if self._local is not None:
            self._local.close()

    def _is_clear(self) -> bool:
        return bool(self.members) or bool(self._problem and not self._invited)

    def _grow(self) -> None:
        """Have as many workers as are wanted, not counting those that are held up."""
        if self._local is not None and self.is_alive and not self._is_closing:
            held = sum(it.is_held for it in list(self._sent.values()))
            self._local.have(self._wanted + held)

    def _nobody(self) -> str:
        where = "of this machine" if self.is_ours else f"at {self.address}"
        return (
            f"no worker of the Dask cluster {where} was ready within {PATIENCE:g} s.\n"
            "Start one (dask worker ADDRESS), or use another executor."
        )

    def _connected(self) -> Any:
        import distributed

        client: Any = distributed.Client
        if self._local is not None:
            return client(self._local.cluster, security=self._local.security, set_as_default=False)
        try:
            return client(self.address, timeout=PATIENCE / 3, set_as_default=False)
        except Exception as cause:  # noqa: BLE001 - whatever keeps it from answering
            raise NoCluster(
                f"no Dask scheduler answers at {self.address}: {in_a_line(cause)}.\n"
                "Start one (dask scheduler), or leave the address out for one of this machine."
            ) from None

    def _listen(self) -> None:
        """Hear what workers tell, and look now and then at those of which nothing is heard."""
        while True:
            try:
                news = self._news.get(timeout=_BLINK)
            except queue.Empty:
                self._look_after()
                continue
            if news is None:
                return
            with contextlib.suppress(Exception):  # what is wrong with one must not end all
                self._take(news[1])

    def _take(self, about: Any) -> None:
        if "token" in about:
            self._take_message(about["token"], about["kind"], about["payload"])
        elif about.get("action") == "add-worker":
            self._greet(about["worker"])
        elif about.get("action") == "remove-worker":
            self._leave(about["worker"])

    def _take_message(self, token: str, kind: int, payload: bytes) -> None:
        sent = self._sent.get(token)
        if sent is None:
            return
        sent.is_begun = sent.is_begun or kind == wire.STARTED
        if kind in ENDS:
            with self._changed:
                del self._sent[token]
                sent.member.busy -= 1
        try:
            if sent.hear is not None:
                sent.hear(kind, payload)
        finally:
            if kind in ENDS:
                self._tell("")

    def _look_after(self) -> None:
        """Give up attempts that Dask itself has given up, without a word of ours."""
        for sent in list(self._sent.values()):
            why = "" if self.is_alive else "the Dask scheduler is gone"
            status = "lost" if sent.future is None else sent.future.status
            if not why and status in ("error", "cancelled"):
                why = f"Dask could not run it: {status}"
                with contextlib.suppress(Exception):
                    why = f"Dask could not run it: {in_a_line(sent.future.exception(timeout=1))}"
            if why:
                self._take_message(sent.token, wire.LOST, why.encode())

    def _known(self) -> dict[str, Any]:
        found: dict[str, Any] = self.client.scheduler_info(n_workers=-1)["workers"]
        return found

    def _greet(self, address: str) -> None:
        """Ask a worker to join, without waiting for it."""
        with self._changed:
            self._invited += 1
        threading.Thread(
            target=self._invite, args=(address,), name="wfkit-dask-join", daemon=True
        ).start()

    def _invite(self, address: str) -> None:
        problem, found = "", None
        try:
            threads = int(self._known()[address]["nthreads"])
            joined: Joined = self.client.run(join, workers=[address])[address]
            problem = _difference(joined)
            found = Member(address, joined.who, threads)
        except KeyError:
            pass  # it is gone again
        except Exception as cause:  # noqa: BLE001 - whatever keeps a worker from answering
            problem = (
                f"a worker of the Dask cluster cannot run tasks of wfkit: {in_a_line(cause)}.\n"
                "Install the same wfkit there: python -m pip install 'wfkit[dask]'"
            )
        with self._changed:
            self._invited -= 1
            self._problem = problem or self._problem
            if found is not None and not problem:
                self.members.setdefault(address, found)
            self._changed.notify_all()
        self._tell("")

    def _leave(self, address: str) -> None:
        """Give up what a worker ran that is gone."""
        with self._changed:
            self.members.pop(address, None)
        why = f"its worker {address} is gone"
        for sent in list(self._sent.values()):
            if sent.member.address == address:
                self._take_message(sent.token, wire.LOST, why.encode())
        self._tell(address)
        self._grow()

    def _tell(self, gone: str) -> None:
        """Tell all runs that a worker is free or new, or which one is gone."""
        for listener in list(self.listeners):
            listener(gone)


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


_clusters: dict[str | None, Cluster] = {}
_opening = threading.Lock()


def ready(address: str | None, slots: int = 1) -> Cluster:
    """Return the cluster at an address, or that of this machine, with workers for `slots`.

    Raises NoCluster.
    """
    check_installed()
    with _opening:
        found = _clusters.get(address)
        if found is None or not found.is_alive:
            found = _clusters[address] = Cluster(address)
    found.have(min(slots, max(2, os.cpu_count() or 1)))
    return found


def check_installed() -> None:
    """Raise NoCluster where Dask is not installed."""
    if any(importlib.util.find_spec(it) is None for it in ("distributed", "cryptography")):
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
