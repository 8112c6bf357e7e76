"""How do alerts get to people? Through an outbox on a thread of its own, so that no run waits."""

from __future__ import annotations

import itertools
import queue
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple
from weakref import WeakKeyDictionary

from wfkit.core.addresses import Address, Target, name_of
from wfkit.core.alerts import Alert, AlertFact, AlertKind, AlertState
from wfkit.core.masking import masked
from wfkit.core.pacing import Letter, Pacing
from wfkit.engine import capture, redirects
from wfkit.engine.aside import Aside
from wfkit.engine.capture import Capture
from wfkit.engine.clock import Clock, SystemClock
from wfkit.engine.failure import in_a_line
from wfkit.engine.postman import LIMIT, Postman
from wfkit.engine.store import Store

IDLE = 30.0
"""Seconds after which the process that sends is ended until there is something to send again."""

_MOST_UNWRITTEN = 1_000
_GOOD = (AlertKind.RECOVERED, AlertKind.SUCCESS)
Digest = Callable[[Sequence[Alert]], tuple[str, str]]


class Envelope(NamedTuple):
    """An alert on its way to one receiver. `store` keeps what becomes of it, under that `name`."""

    alert: Alert
    to: Target
    store: Store
    private: bool = False
    name: str = ""


class _Flush(NamedTuple):
    """Somebody waits until what came before it is sent; `held`: also what waits for a digest."""

    done: threading.Event
    held: bool


class Outbox:
    """Sends alerts: the first of a Dag at once, the rest of that minute as one digest.

    `digest` makes subject and text of several. `postman` carries messages to servers; a receiver
    may also be a function, which has `limit` seconds to come back.
    """

    def __init__(
        self, clock: Clock, digest: Digest, postman: Postman, limit: float = LIMIT
    ) -> None:
        self._clock = clock
        self._digest = digest
        self._postman = postman
        self._limit = limit
        self._aside = _functions()
        self._pacing = Pacing()
        self._numbers: WeakKeyDictionary[Store, int] = WeakKeyDictionary()
        self._number = itertools.count()
        self._inbox: queue.SimpleQueue[Sequence[Envelope] | _Flush] = queue.SimpleQueue()
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        self._unwritten: list[tuple[Store, str, AlertFact]] = []

    def put(self, envelopes: Sequence[Envelope]) -> None:
        """Take alerts to be sent; returns at once, from any thread."""
        if any(isinstance(it.to, Address) for it in envelopes):
            self._postman.make_ready()
        if not all(isinstance(it.to, Address) for it in envelopes):
            self._aside.make_ready()
        with self._starting:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._work, name="wfkit alerts", daemon=True)
                self._thread.start()
        self._inbox.put(envelopes)

    def flush(self, seconds: float, *, held: bool = True) -> bool:
        """Wait until everything is sent, at most so many seconds; return True if it is.

        With `held`, also what waits for a digest is sent now.
        """
        if self._thread is None or not self._thread.is_alive():
            return True
        done = threading.Event()
        self._inbox.put(_Flush(done, held))
        return done.wait(seconds)

    def close(self, seconds: float) -> bool:
        """As `flush`, at the end of the process."""
        is_done = self.flush(seconds)
        if is_done:
            self._postman.rest()
        return is_done

    def _work(self) -> None:
        while True:
            message = self._clock.wait(self._inbox, self._until())
            if message is None:
                if not self._send_all(self._pacing.due(self._clock.now())):
                    self._postman.rest()
            elif isinstance(message, _Flush):
                self._send_all(self._pacing.rest() if message.held else ())
                self._write([])
                message.done.set()
            else:
                for it in message:
                    self._send_all(self._due_with(it, self._clock.now()))

    def _due_with(self, it: Envelope, now: float) -> list[list[Letter]]:
        """Return what is to be sent now that an alert came; good news not before the bad."""
        due = self._pacing.take(self._letter(it), now)
        if due and it.alert.kind in _GOOD:
            bad = [_group(it, kind) for kind in AlertKind if kind not in _GOOD]
            due = [late for group in bad for late in self._pacing.release(group, now)] + due
        return due

    def _letter(self, it: Envelope) -> Letter:
        # The id of a store would serve for another one, once this one is gone.
        if it.store not in self._numbers:
            self._numbers[it.store] = next(self._number)
        its = it.alert
        key = (self._numbers[it.store], its.dag, its.run_id, its.key, it.to)
        return Letter(_group(it, its.kind), key, it)

    def _until(self) -> float | None:
        due = self._pacing.next_due
        if due is None and not self._clock.is_virtual:
            return self._clock.now() + IDLE
        return due

    def _send_all(self, messages: Iterable[Sequence[Letter]]) -> bool:
        """Send messages, each made of one letter or more; return False if there are none."""
        is_any = False
        for letters in messages:
            is_any = True
            envelopes = [it.content for it in letters if isinstance(it.content, Envelope)]
            self._write(self._sent(envelopes))
        return is_any

    def _sent(self, envelopes: Sequence[Envelope]) -> list[tuple[Store, str, AlertFact]]:
        """Send one message, and return what is to be written down about it. Never raises."""
        first = envelopes[0]
        try:
            note = self._carried(self._message(envelopes), first.to, first.private)
        except Exception as error:  # noqa: BLE001 - an alert must never harm anything
            note = in_a_line(error)
        state = AlertState.FAILED if note else AlertState.SENT
        if len(envelopes) > 1 and not note:
            state = AlertState.IN_DIGEST
        now, detail = self._clock.now(), {"note": note} if note else None
        return [(it.store, it.alert.dag, _fact(it, now, state, detail)) for it in envelopes]

    def _message(self, envelopes: Sequence[Envelope]) -> Alert:
        last = envelopes[-1].alert
        if len(envelopes) == 1:
            return last
        subject, body = self._digest([it.alert for it in envelopes])
        return last._replace(task=None, map_index=-1, subject=subject, body=body, key="digest")

    def _carried(self, alert: Alert, to: Target, private: bool) -> str:
        """Hand a message over; return why it did not arrive, or nothing."""
        if isinstance(to, Address):
            return self._postman.send(to, alert.subject, alert.body, alert.kind, private)
        return called(to, alert, self._limit, self._aside)

    def _write(self, facts: Sequence[tuple[Store, str, AlertFact]]) -> None:
        """Write facts down, and those that could not be written before. Never raises."""
        left: list[tuple[Store, str, AlertFact]] = []
        for store, dag, fact in [*self._unwritten, *facts][-_MOST_UNWRITTEN:]:
            # What is wrong with one history is no reason to wait for it again and again.
            if any(store is other for other, _, _ in left) or not _is_written(store, dag, fact):
                left.append((store, dag, fact))
        self._unwritten = left


def _group(it: Envelope, kind: str) -> tuple[str, str, Target]:
    return it.alert.dag, str(kind), it.to


def _fact(
    it: Envelope, now: float, state: AlertState, detail: Mapping[str, str] | None
) -> AlertFact:
    name = it.name or name_of(it.to)
    return AlertFact(it.alert.run_id, it.alert.key, now, state, name, detail)


def _functions() -> Aside:
    return Aside("wfkit alert function")


def called(
    function: Callable[[Alert], object],
    alert: Alert,
    seconds: float = LIMIT,
    aside: Aside | None = None,
) -> str:
    """Call a function with an alert; return what went wrong, without secrets, or nothing.

    What it prints belongs to no cell, so nobody sees it.
    """
    told = ["it has not come back"]

    def call() -> None:
        token = capture.enter(Capture("alert", -1, 1, SystemClock()))
        try:
            function(alert)
            told[0] = ""
        except BaseException as error:  # noqa: BLE001 - a function of the learner's may do anything
            told[0] = in_a_line(error)
        finally:
            capture.leave(token)

    with redirects.installed():
        (aside or _functions()).does(call, seconds)
    return masked(told[0])


def _is_written(store: Store, dag: str, fact: AlertFact) -> bool:
    try:
        with store.writing():
            store.write_alerts(dag, [fact])
            store.commit()
    except Exception:  # noqa: BLE001 - a history may be gone, or belong to another process now
        return False
    return True
