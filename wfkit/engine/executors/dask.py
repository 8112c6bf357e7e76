"""Attempts on the workers of a Dask cluster, where their results stay until somebody asks."""

from __future__ import annotations

import heapq
import pickle
import queue
import threading
from collections.abc import Mapping
from typing import Any
from uuid import uuid4

from wfkit.core.errors import WfkitError
from wfkit.core.facts import AttemptFinished, AttemptStarted, Poked
from wfkit.core.known_secrets import know
from wfkit.core.states import Outcome
from wfkit.engine import stored, wire
from wfkit.engine.attempt import Finished, Work, run
from wfkit.engine.clock import Clock
from wfkit.engine.executors.dask_cluster import Cluster, Member, ready
from wfkit.engine.executors.dask_worker import AttemptKey, Line, attempt, cancel
from wfkit.engine.failure import in_a_line
from wfkit.engine.kept import Away, Kept
from wfkit.engine.shipping import CannotSend, packed_order, packed_task

_PATIENCE = 60.0


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


class _Sent:
    """An attempt that a worker has got."""

    def __init__(self, work: Work, member: Member, began: float) -> None:
        self.work, self.member, self.began = work, member, began
        self.future: Any = None
        self.is_stopped = False


class DaskExecutor:
    """Runs at most `slots` attempts at a time, each on a worker that is chosen for it.

    A worker that has an input is preferred. An attempt is for this one worker: when that is gone
    the attempt is lost, and what to do then is not Dask's to decide. A body on a thread of
    a worker cannot be stopped from outside; it keeps its slot until it has ended.
    """

    lingers = True

    def __init__(self, slots: int, clock: Clock, address: str | None = None) -> None:
        self.inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._clock = clock
        self._slots = slots
        self._address = address
        self._known: Cluster | None = None
        self._heap: list[Work] = []
        self._sent: dict[AttemptKey, _Sent] = {}
        self._tasks: dict[str, bytes] = {}
        self._lock = threading.RLock()
        self._topic = f"wfkit-{uuid4().hex}"
        self._news: queue.SimpleQueue[Any] = queue.SimpleQueue()

    def submit(self, work: Work) -> None:
        """Take an attempt; it starts as soon as a worker is free. Raises NoCluster."""
        with self._lock:
            heapq.heappush(self._heap, work)
        self._fill()

    def collect(self, until: float | None) -> list[Any]:
        """Return every report that is there, waiting until `until` for the first one."""
        first = self._clock.wait(self.inbox, until)
        if first is None:
            return []
        found = [first]
        while not self.inbox.empty():
            found.append(self.inbox.get())
        return found

    def is_idle(self) -> bool:
        """Return True when no report is waiting, and no attempt."""
        return self.inbox.empty() and not self._heap

    def revoke(self) -> None:
        """Forget every attempt that has not started; of all others the start is in the inbox."""
        with self._lock:
            self._heap.clear()

    def stop(self, task: str, map_index: int, attempt: int) -> None:
        """Let the body know that it is to end, and hear no more of it."""
        key = (task, map_index, attempt)
        with self._lock:
            sent = self._sent.get(key)
            if sent is None:
                return
            sent.is_stopped = True
        self._tell_to_end(key, sent)
        self._cluster.grow()
        self._fill()

    def _tell_to_end(self, key: AttemptKey, sent: _Sent) -> None:
        where = [sent.member.address]
        self._cluster.client.run(cancel, key, workers=where, wait=False, on_error="ignore")

    def close(self) -> None:
        """Take no more work; what runs now runs to its end, unheard."""
        self.revoke()
        with self._lock:
            left, self._sent = list(self._sent.items()), {}
        for key, sent in left:
            self._tell_to_end(key, sent)
        if self._known is not None:
            self._known.listeners.remove(self._hear_of)
            self._known.client.unsubscribe_topic(self._topic)
            self._known = None
            self._news.put(None)

    @property
    def _cluster(self) -> Cluster:
        if self._known is None:
            found = ready(self._address, self._slots)
            found.client.subscribe_topic(self._topic, self._news.put)
            found.listeners.append(self._hear_of)
            threading.Thread(target=self._listen, name="wfkit-dask", daemon=True).start()
            self._known = found
        return self._known

    def _fill(self) -> None:
        """Give free workers what waits, and report its start."""
        refused: list[Work] = []
        with self._lock:
            while self._heap and self._under_way() < self._slots:
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
        return sum(not it.is_stopped for it in self._sent.values())

    def _free(self, work: Work) -> Member | None:
        """Return a worker for an attempt: one with an input if possible, else the least busy."""
        free = [it for it in self._cluster.members.values() if it.busy < it.threads]
        if not free:
            return None
        near = _places(work)
        return min(free, key=lambda it: (it.address not in near, it.busy / it.threads, it.address))

    def _send(self, work: Work, member: Member) -> WfkitError | None:
        try:
            inputs, given = self._parted(work.inputs)
            packed = self._packed(work), packed_order(work._replace(inputs=inputs))
        except (CannotSend, stored.Unreadable) as refusal:
            return refusal
        key = (work.name, work.map_index, work.attempt)
        sent = self._sent[key] = _Sent(work, member, self._clock.now())
        member.busy += 1
        sent.future = self._cluster.client.submit(
            attempt,
            *packed,
            given,
            Line(self._topic, key, member.who),
            key=f"{work.name}-{work.map_index}-{work.attempt}-{uuid4().hex}",
            workers=[member.address],
            priority=-work.order,
            pure=False,
            retries=0,
        )
        return None

    def _packed(self, work: Work) -> bytes:
        # Packed once, so that a run keeps the code that it began with.
        if work.name not in self._tasks:
            self._tasks[work.name] = packed_task(work.task)
        return self._tasks[work.name]

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

    def _hear_of(self, what: str, address: str) -> None:
        self._news.put((what, address))

    def _listen(self) -> None:
        while (news := self._news.get()) is not None:
            first, second = news
            if first == "gone":
                self._lose_all(second)
            elif first not in ("came", "free"):
                self._take_message(second)
            self._fill()

    def _lose_all(self, address: str) -> None:
        """Give up what a worker ran that is gone, and what waits for a result that it had."""
        with self._lock:
            sent = list(self._sent.items())
        for key, it in sent:
            if it.member.address == address:
                self._lose(key, f"its worker {address} is gone")
            elif address in _places(it.work):
                self._lose(key, f"the worker {address} is gone, and with it one of its inputs")

    def _take_message(self, message: Mapping[str, Any]) -> None:
        task, index, number = message["key"]
        kind, payload = message["kind"], message["payload"]
        sent = self._sent.get((task, index, number))
        if kind == wire.SECRET:
            know(pickle.loads(payload))  # noqa: S301 - from a worker of ours
        elif sent is None:
            return
        elif kind == wire.FINISHED:
            self._take_end(sent, *pickle.loads(payload))  # noqa: S301 - as above
        elif kind == wire.UNLOADABLE:
            refusal = CannotSend(
                f"{task} cannot be loaded on a worker: {payload.decode()}.\n"
                'Import what it needs inside the task, or run with executor="thread".'
            )
            self._finish(sent, run(sent.work._replace(refusal=refusal)))
        else:
            _deliver(sent.work, kind, payload)

    def _take_end(
        self, sent: _Sent, fact: AttemptFinished | Poked, data: bytes | None = None
    ) -> None:
        # The clock of another machine may be wrong.
        fact = fact._replace(time=min(max(fact.time, sent.began), self._clock.now()))
        result: Any = None
        if getattr(fact, "outcome", None) is Outcome.RETURNED and not sent.is_stopped:
            try:
                result, data = self._result(sent, data)
            except Exception as cause:  # noqa: BLE001 - whatever happens to a cluster, or a class
                self._lose(sent.work[1:4], f"its result did not arrive: {in_a_line(cause)}")
                return
        self._finish(sent, Finished(fact, result, sent.work.capture.finish(), data))

    def _result(self, sent: _Sent, data: bytes | None) -> tuple[Any, bytes | None]:
        if not sent.work.keeps:
            return self._remote(sent), None
        found: bytes = data if data is not None else sent.future.result(timeout=_PATIENCE)
        return stored.from_bytes(found), found

    def _remote(self, sent: _Sent) -> Remote:
        return Remote(sent.work.name, sent.future, sent.member.address, self._cluster)

    def _lose(self, key: AttemptKey, told: str) -> None:
        sent = self._sent.get(key)
        if sent is None:
            return
        error: dict[str, Any] = {
            "type": "WorkerLost",
            "message": told,
            "line": None,
            "traceback": [],
        }
        fact = AttemptFinished(*key, self._clock.now(), Outcome.LOST, error)
        self._finish(sent, Finished(fact, None, sent.work.capture.finish()))
        sent.future.cancel(force=True)

    def _finish(self, sent: _Sent, finished: Finished) -> None:
        self._forget(sent)
        if not sent.is_stopped:
            self.inbox.put(finished)

    def _forget(self, sent: _Sent) -> None:
        with self._lock:
            found = self._sent.pop(sent.work[1:4], None)
            if found is not None:
                sent.member.busy -= 1
        # Other runs may wait for the very worker.
        self._cluster.tell("free", sent.member.address)


def _there(it: Remote) -> Any:
    """Return the future of a result. Raises Unreadable if its worker is gone."""
    return it.future if it.is_there() else it.value()


def _parts(inputs: Mapping[str, Any]) -> list[Any]:
    found: list[Any] = []
    for value in inputs.values():
        found += value if type(value) is list else [value]
    return found


def _places(work: Work) -> set[str]:
    """Return the workers that have inputs of an attempt."""
    return {it.address for it in _parts(work.inputs) if isinstance(it, Remote)}


def _deliver(work: Work, kind: int, payload: bytes) -> None:
    if kind == wire.LINE:
        work.capture.line(*pickle.loads(payload))  # noqa: S301 - from a worker of ours
    else:
        stream = "stdout" if kind == wire.STDOUT else "stderr"
        work.capture.write(stream, payload.decode("utf-8", "surrogatepass"))
