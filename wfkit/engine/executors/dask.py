"""Attempts on the workers of a Dask cluster, where their results stay until somebody asks."""

from __future__ import annotations

import heapq
import pickle
from collections.abc import Mapping
from typing import Any

from wfkit.core.details import without_place
from wfkit.core.errors import WfkitError
from wfkit.core.facts import AttemptFinished, AttemptStarted, Poked
from wfkit.core.states import Outcome
from wfkit.engine import stored, wire
from wfkit.engine.attempt import Finished, Work, run
from wfkit.engine.clock import Clock
from wfkit.engine.delivery import deliver
from wfkit.engine.executors.dask_cluster import ENDS, Cluster, Member, Sent, ready
from wfkit.engine.executors.queued import QueuedExecutor
from wfkit.engine.failure import in_a_line
from wfkit.engine.kept import Away, Kept, arrived
from wfkit.engine.shipping import CannotSend, PackedTasks, packed_order

_PATIENCE = 60.0
AttemptKey = tuple[str, int, int]


class Remote(Away):
    """A result that is on the worker that made it. Read by another process, it goes along."""

    __slots__ = ("_cluster", "_task", "address", "future")

    def __init__(self, task: str, future: Any, address: str, cluster: Cluster) -> None:
        self._task, self.future, self.address = task, future, address
        self._cluster = cluster

    def is_there(self) -> bool:
        """Return True as long as its worker works."""
        return self.address in self._cluster.members

    def value(self) -> Any:
        why = f"{self.address} works no longer"
        if self.is_there():
            try:
                return self.future.result(timeout=_PATIENCE)
            except Exception as cause:  # noqa: BLE001 - whatever happens to clusters
                why = in_a_line(cause)
        raise stored.Unreadable(
            f"what {self._task} returned is gone with its worker: {why}.\n"
            f'Run it again: dag.rerun("{self._task}"); with a history on disk it would be kept.'
        )

    def __reduce__(self) -> tuple[Any, ...]:
        return _itself, (self.value(),)


def _itself(value: Any) -> Any:
    return value


class DaskExecutor(QueuedExecutor):
    """Runs at most `slots` attempts at a time, each on a worker that is chosen for it.

    A worker that has an input is preferred. An attempt is for this one worker: when that is gone
    the attempt is lost, and what to do then is not Dask's to decide. A body on a thread of
    a worker cannot be stopped from outside; its worker gets nothing else until it has ended.
    """

    lingers = True

    def __init__(self, slots: int, clock: Clock, address: str | None = None) -> None:
        super().__init__(slots, clock)
        self._address = address
        self._known: Cluster | None = None
        self._setting = ""
        self._sent: dict[AttemptKey, Sent] = {}
        self._stopped: set[AttemptKey] = set()
        self._tasks = PackedTasks()
        self._is_closed = False

    def submit(self, work: Work) -> None:
        """Take an attempt; it starts as soon as a worker is free. Raises NoCluster."""
        self._begin_to_listen()
        with self._starting:
            heapq.heappush(self._heap, work)
        self._fill()

    def stop(self, task: str, map_index: int, attempt: int) -> None:
        """Let a body know that it is to end; another worker takes over its slot."""
        key = (task, map_index, attempt)
        with self._starting:
            sent = self._sent.get(key)
            if sent is None:
                return
            self._stopped.add(key)
        self._cluster.ask_to_end(sent)
        self._fill()

    def close(self) -> None:
        """Take no more work; what runs now runs to its end, unheard."""
        with self._starting:
            self._is_closed = True
            self._heap.clear()
            left, self._sent = list(self._sent.values()), {}
        if self._known is None:
            return
        for sent in left:
            sent.hear = None
            self._known.ask_to_end(sent)
        if self._take_change in self._known.listeners:
            self._known.listeners.remove(self._take_change)

    def _begin_to_listen(self) -> None:
        if self._known is None:
            self._known = ready(self._address, self._slots)
            self._known.listeners.append(self._take_change)
            self._setting = self._known.setting()

    @property
    def _cluster(self) -> Cluster:
        assert self._known is not None
        return self._known

    def _fill(self) -> None:
        """Give free workers what waits, and report its start."""
        refused: list[Work] = []
        with self._starting:
            while self._heap and not self._is_closed and self._under_way() < self._slots:
                member = self._free(self._heap[0])
                if member is None:
                    break
                work = heapq.heappop(self._heap)
                self.inbox.put(AttemptStarted(*work[1:4], self._clock.now()))
                refusal = work.refusal or self._send(work, member)
                if refusal is not None:
                    refused.append(work._replace(refusal=refusal))
        for work in refused:
            self.inbox.put(run(work))

    def _under_way(self) -> int:
        return len(self._sent.keys() - self._stopped)

    def _free(self, work: Work) -> Member | None:
        """Return a worker for an attempt: one with an input if possible, else the least busy."""
        free = [it for it in list(self._cluster.members.values()) if it.busy < it.threads]
        if not free:
            return None
        near = _places(work)
        return min(free, key=lambda it: (it.address not in near, it.busy / it.threads, it.address))

    def _send(self, work: Work, member: Member) -> WfkitError | None:
        try:
            inputs, given = self._parted(work.inputs)
            packed = self._tasks.of(work.task), packed_order(work._replace(inputs=inputs))
        except (CannotSend, stored.Unreadable) as refusal:
            return refusal
        key = work[1:4]
        began = self._clock.now()
        sent = self._sent[key] = Sent(
            member, lambda kind, payload: self._hear(work, began, kind, payload), _places(work)
        )
        self._cluster.send(packed, given, sent, setting=self._setting, priority=-work.order)
        return None

    def _parted(self, inputs: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
        """Return the inputs that are sent along, and those that are on workers already.

        Raises Unreadable for one that is gone.
        """
        plain: dict[str, Any] = {}
        given: dict[str, Any] = {}
        for name, value in inputs.items():
            parts = value if type(value) is list else [value]
            if any(isinstance(it, Remote) for it in parts):
                found = [_there(it) if isinstance(it, Remote) else it for it in parts]
                given[name] = found if parts is value else found[0]
            elif not self._cluster.is_ours and any(isinstance(it, Kept) for it in parts):
                found = [it.value() if isinstance(it, Kept) else it for it in parts]
                plain[name] = found if parts is value else found[0]
            else:
                plain[name] = value
        return plain, given

    def _take_change(self, gone: str) -> None:
        """Hear that a worker is free or new, or which one is gone."""
        if gone:
            with self._starting:
                sent = list(self._sent.values())
            for it in sent:
                if not it.is_begun and gone in it.needs:
                    self._cluster.take_back(it, f"an input of it is gone with its worker {gone}")
        self._fill()

    def _hear(self, work: Work, began: float, kind: int, payload: bytes) -> None:
        """Take in what a worker tells of an attempt, on the thread of the cluster."""
        try:
            self._take(work, began, kind, payload)
        except Exception as cause:  # noqa: BLE001 - without an end the run would wait for ever
            if kind in ENDS:
                self._lose(work, f"what it told cannot be read: {in_a_line(cause)}")

    def _take(self, work: Work, began: float, kind: int, payload: bytes) -> None:
        if kind == wire.FINISHED:
            self._take_end(work, began, *pickle.loads(payload))  # noqa: S301 - as above
        elif kind == wire.LOST:
            self._lose(work, payload.decode())
        elif kind == wire.UNLOADABLE:
            refusal = CannotSend(
                f"{work.name} cannot be loaded on a worker: {payload.decode()}.\n"
                'Import what it needs inside the task, or run with executor="thread".'
            )
            self._finish(work, run(work._replace(refusal=refusal)))
        elif kind != wire.STARTED:
            deliver(work.capture, kind, payload)

    def _take_end(
        self, work: Work, began: float, fact: AttemptFinished | Poked, data: bytes | None
    ) -> None:
        # The clock of another machine may be wrong.
        fact = fact._replace(time=min(max(fact.time, began), self._clock.now()))
        result: Any = None
        if getattr(fact, "outcome", None) is Outcome.RETURNED and work[1:4] not in self._stopped:
            try:
                result, data = self._result(work, data)
            except Exception as cause:  # noqa: BLE001 - whatever happens to a cluster, or a class
                self._lose(work, f"its result did not arrive: {in_a_line(cause)}")
                return
        self._finish(work, Finished(fact, result, work.capture.finish(), data))

    def _result(self, work: Work, data: bytes | None) -> tuple[Any, bytes | None]:
        sent = self._sent[work[1:4]]
        if not work.keeps:
            return Remote(work.name, sent.future, sent.member.address, self._cluster), None
        found: bytes = data if data is not None else sent.future.result(timeout=_PATIENCE)
        return arrived(work.name, found), found

    def _lose(self, work: Work, told: str) -> None:
        error = without_place("WorkerLost", told)
        fact = AttemptFinished(*work[1:4], self._clock.now(), Outcome.LOST, error)
        self._finish(work, Finished(fact, None, work.capture.finish()))

    def _finish(self, work: Work, finished: Finished) -> None:
        with self._starting:
            self._sent.pop(work[1:4], None)
            self._stopped.discard(work[1:4])
        self.inbox.put(finished)


def _there(it: Remote) -> Any:
    """Return the future of a result. Raises Unreadable if its worker is gone."""
    return it.future if it.is_there() else it.value()


def _parts(inputs: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = []
    for value in inputs.values():
        found += value if type(value) is list else [value]
    return found


def _places(work: Work) -> frozenset[str]:
    """Return the workers that have inputs of an attempt."""
    return frozenset(it.address for it in _parts(work.inputs) if isinstance(it, Remote))
