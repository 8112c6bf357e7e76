"""The outbox: nobody waits for it, nothing harms it, and what became of an alert is known."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from tests.engine.hand_clock import HandClock
from wfkit.core.addresses import Address, Target
from wfkit.core.alerts import Alert, deliveries, raised
from wfkit.core.errors import StoreBusy
from wfkit.engine.alerts import Envelope, Outbox
from wfkit.engine.postman import Postman
from wfkit.engine.sqlite_store import SqliteStore
from wfkit.engine.store import MemoryStore, Store

MAIL = Address("mailto://mail.example.com?to=you@example.com")
PATIENCE = 10.0


class FakePostman(Postman):
    """Notes what it is given; `answer` decides what becomes of it."""

    def __init__(self, answer: Callable[[str], str] = lambda subject: "") -> None:
        super().__init__()
        self.sent: list[tuple[str, str]] = []
        self.rested = threading.Event()
        self._answered = answer

    def send(
        self, to: Address, subject: str, body: str, kind: str = "failure", private: bool = False
    ) -> str:
        self.sent.append((subject, body))
        return self._answered(subject)

    def rest(self) -> None:
        self.rested.set()


def digest(alerts: Sequence[Alert]) -> tuple[str, str]:
    return f"{len(alerts)} more", ", ".join(it.subject for it in alerts)


def alert(number: int, dag: str = "sales", kind: str = "failure") -> Alert:
    return Alert(kind, dag, "r1", None, -1, 0.0, f"failed {number}", "why", f"{kind}:{number}")


def some_store(*alerts: Alert, to: str = repr(MAIL)) -> MemoryStore:
    store = MemoryStore()
    for it in alerts:
        store.write_alerts(it.dag, [raised(it, [to])])
    return store


def envelopes(
    numbers: Sequence[int], to: Target = MAIL, store: Store | None = None
) -> list[Envelope]:
    store = store or some_store(*map(alert, numbers))
    return [Envelope(alert(it), to, store) for it in numbers]


def states(store: Store) -> list[tuple[str, str]]:
    return [(it.state.value, it.note) for it in deliveries(store.alerts("sales"))]


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
def postman() -> FakePostman:
    return FakePostman()


@pytest.fixture
def outbox(clock: HandClock, postman: FakePostman) -> Iterator[Outbox]:
    made = Outbox(clock, digest, postman, limit=0.2)
    yield made
    assert made.flush(PATIENCE)


def test_no_thread_is_started_before_there_is_something_to_send(outbox: Outbox) -> None:
    assert outbox._thread is None
    assert outbox.flush(0.0)
    assert outbox.close(0.0)


def test_of_fifty_the_first_is_sent_at_once_the_rest_as_one_digest(
    outbox: Outbox, clock: HandClock, postman: FakePostman
) -> None:
    store = some_store(*map(alert, range(50)))
    sent = threading.Semaphore(0)

    def told(subject: str) -> str:
        sent.release()
        return ""

    postman._answered = told
    last = Envelope(alert(99, dag="stock"), MAIL, MemoryStore())  # it comes when all are taken
    outbox.put([*envelopes(range(50), store=store), last])
    assert sent.acquire(timeout=PATIENCE)
    assert sent.acquire(timeout=PATIENCE)
    assert [subject for subject, _ in postman.sent] == ["failed 0", "failed 99"]
    clock.move(60.0)
    assert sent.acquire(timeout=PATIENCE)
    rest = ", ".join(f"failed {number}" for number in range(1, 50))
    assert postman.sent[2:] == [("49 more", rest)]
    assert outbox.flush(PATIENCE)
    assert len(postman.sent) == 3
    assert states(store) == [("sent", ""), *[("in digest", "")] * 49]


def test_flush_sends_what_waits_for_its_digest(outbox: Outbox, postman: FakePostman) -> None:
    outbox.put(envelopes(range(3)))
    assert outbox.flush(PATIENCE)
    assert [subject for subject, _ in postman.sent] == ["failed 0", "2 more"]
    outbox.put(envelopes([7]))
    assert outbox.flush(PATIENCE)
    assert postman.sent[-1] == ("failed 7", "why")


def test_good_news_come_after_the_bad_ones_before_them(
    outbox: Outbox, postman: FakePostman
) -> None:
    store = some_store(*map(alert, range(4)))
    bad = envelopes(range(3), store=store)
    other = Envelope(alert(3), Address("mailto://mail.example.com?to=b@example.com"), store)
    good = Envelope(alert(9, kind="recovered"), MAIL, store)
    outbox.put([*bad, other, good])
    assert outbox.flush(PATIENCE, held=False)
    assert [it for it, _ in postman.sent] == ["failed 0", "failed 3", "2 more", "failed 9"]


def test_who_waits_for_what_is_sent_at_once_leaves_the_digest_for_later(
    outbox: Outbox, postman: FakePostman
) -> None:
    store = some_store(*map(alert, range(3)))
    outbox.put(envelopes(range(3), store=store))
    assert outbox.flush(PATIENCE, held=False)
    assert [subject for subject, _ in postman.sent] == ["failed 0"]
    assert states(store) == [("sent", ""), *[("pending", "")] * 2]


def test_doubles_are_sent_once(outbox: Outbox, postman: FakePostman) -> None:
    both = envelopes([1]) * 2
    outbox.put(both)
    outbox.put(both)
    outbox.put([it._replace(to=Address("json://example.com")) for it in both])
    assert outbox.flush(PATIENCE)
    assert len(postman.sent) == 2


def test_a_history_in_the_place_of_one_that_is_gone_is_another_one(outbox: Outbox) -> None:
    places: set[int] = set()
    for number in range(100):
        store = some_store(alert(1))
        places.add(id(store))
        outbox.put(envelopes([1], store=store))
        outbox.put(envelopes([number + 2], to=print))  # it lets go of the first
        assert outbox.flush(PATIENCE)
        assert states(store) == [("sent", "")]
        del store
        if len(places) <= number:
            break


def test_dags_and_kinds_do_not_wait_for_each_other(outbox: Outbox, postman: FakePostman) -> None:
    store = MemoryStore()
    for it in (alert(1), alert(2, dag="stock"), alert(3, kind="retry"), alert(4)):
        outbox.put([Envelope(it, MAIL, store)])
    assert outbox.flush(PATIENCE)
    assert [subject for subject, _ in postman.sent] == [f"failed {n}" for n in (1, 2, 3, 4)]


def test_what_was_not_sent_is_told(outbox: Outbox, postman: FakePostman) -> None:
    postman._answered = lambda subject: "no connection"
    store = some_store(alert(1), alert(2), alert(3))
    outbox.put(envelopes([1, 2, 3], store=store))
    assert outbox.flush(PATIENCE)
    assert states(store) == [("failed", "no connection")] * 3


def test_a_postman_that_raises_does_not_end_the_outbox(
    outbox: Outbox, postman: FakePostman
) -> None:
    def fails(subject: str) -> str:
        if subject == "failed 1":
            raise RuntimeError("broken")
        return ""

    postman._answered = fails
    store = some_store(alert(1))
    outbox.put(envelopes([1], store=store))
    assert outbox.flush(PATIENCE)
    assert states(store) == [("failed", "RuntimeError: broken")]
    outbox.put(envelopes([2]))
    assert outbox.flush(PATIENCE)
    assert len(postman.sent) == 2


def test_put_does_not_wait_for_a_slow_server(outbox: Outbox, postman: FakePostman) -> None:
    goes_on, has_begun = threading.Event(), threading.Event()

    def slow(subject: str) -> str:
        has_begun.set()
        assert goes_on.wait(PATIENCE)
        return ""

    postman._answered = slow
    outbox.put(envelopes([1]))
    assert has_begun.wait(PATIENCE)
    outbox.put(envelopes([2]))
    assert not outbox.flush(0.01)
    goes_on.set()
    assert outbox.flush(PATIENCE)


def test_the_process_that_sends_rests_when_it_is_idle(
    outbox: Outbox, clock: HandClock, postman: FakePostman
) -> None:
    outbox.put(envelopes([1]))
    assert outbox.flush(PATIENCE)
    clock.move(100.0)
    assert postman.rested.wait(PATIENCE)


# Functions


def test_a_function_gets_the_alert(outbox: Outbox, capsys: pytest.CaptureFixture[str]) -> None:
    got: list[Alert] = []

    def tell(it: Alert) -> None:
        print("nobody sees this")  # noqa: T201
        got.append(it)

    store = some_store(alert(1), alert(2), alert(3), to="tell()")
    outbox.put(envelopes([1, 2, 3], to=tell, store=store))
    assert outbox.flush(PATIENCE)
    assert [it.subject for it in got] == ["failed 1", "2 more"]
    assert (got[0].dag, got[0].run_id, got[0].kind, got[0].body) == (
        "sales",
        "r1",
        "failure",
        "why",
    )
    assert got[1].body == "failed 2, failed 3"
    assert states(store) == [("sent", ""), ("in digest", ""), ("in digest", "")]
    assert capsys.readouterr().out == ""


def test_a_function_that_raises_or_hangs_harms_nobody(outbox: Outbox, postman: FakePostman) -> None:
    goes_on = threading.Event()

    def raises(it: Alert) -> None:
        raise SystemExit("password=hunter2")

    def hangs(it: Alert) -> None:
        goes_on.wait(PATIENCE)

    stores = {it: some_store(alert(1), to=f"{it.__name__}()") for it in (raises, hangs)}
    for function, store in stores.items():
        outbox.put(envelopes([1], to=function, store=store))
    outbox.put(envelopes([2]))
    assert outbox.flush(PATIENCE)
    goes_on.set()
    assert states(stores[raises]) == [("failed", "SystemExit: password=***")]
    assert states(stores[hangs]) == [("failed", "it has not come back")]
    assert postman.sent == [("failed 2", "why")]


# The history


class BusyStore(MemoryStore):
    """Belongs to another process for a while."""

    is_busy = True

    def writing(self) -> AbstractContextManager[object]:
        if self.is_busy:
            raise StoreBusy("another process writes")
        return super().writing()


def test_what_cannot_be_written_down_now_is_written_down_later(
    outbox: Outbox, postman: FakePostman
) -> None:
    store = BusyStore()
    store.write_alerts("sales", [raised(alert(it), [repr(MAIL)]) for it in (1, 2)])
    outbox.put(envelopes([1, 2], store=store))
    assert outbox.flush(PATIENCE)
    assert len(postman.sent) == 2
    assert states(store) == [("pending", "")] * 2
    store.is_busy = False
    assert outbox.flush(PATIENCE)
    assert states(store) == [("sent", "")] * 2


def test_what_became_of_alerts_is_there_after_a_restart(outbox: Outbox, tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    store = SqliteStore(path)
    with store.writing():
        store.add_run("sales", "r1", "", 0.0)
        store.write_alerts("sales", [raised(alert(1), [repr(MAIL)])])
    outbox.put(envelopes([1], store=store))
    assert outbox.flush(PATIENCE)
    store.close()
    again = SqliteStore(path)
    assert states(again) == [("sent", "")]
    again.close()


def test_a_history_that_is_gone_stops_nothing(
    outbox: Outbox, postman: FakePostman, tmp_path: Path
) -> None:
    store = SqliteStore(tmp_path / "history.sqlite")
    store.close()
    outbox.put(envelopes([1], store=store))
    outbox.put(envelopes([2]))
    assert outbox.flush(PATIENCE)
    assert len(postman.sent) == 2
