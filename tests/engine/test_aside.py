"""What may not come back is done on a thread of its own, which is there before it is needed."""

from __future__ import annotations

import gc
import threading

from wfkit.engine.aside import Aside

PATIENCE = 10.0


def test_what_raises_does_not_end_the_thread() -> None:
    aside, names = Aside("one"), []

    def job() -> None:
        names.append(threading.current_thread())
        raise SystemExit

    assert aside.does(job, PATIENCE)
    assert aside.does(job, PATIENCE)
    assert names[0] is names[1]
    assert names[0].name == "one"


def test_what_does_not_come_back_is_left_to_itself() -> None:
    aside, goes_on, got = Aside("one"), threading.Event(), []
    assert not aside.does(lambda: goes_on.wait(PATIENCE), 0.01)
    assert aside.does(lambda: got.append(1), PATIENCE)
    assert got == [1]
    goes_on.set()


def test_what_can_be_made_to_come_back_keeps_its_thread() -> None:
    aside, goes_on = Aside("one"), threading.Event()
    aside.make_ready()
    thread = aside._thread
    assert not aside.does(lambda: goes_on.wait(PATIENCE), 0.01, goes_on.set)
    aside.make_ready()
    assert aside._thread is thread


def test_the_thread_ends_when_nobody_has_it_any_more() -> None:
    aside = Aside("one")
    assert aside.does(list, PATIENCE)
    thread = aside._thread
    assert thread is not None
    del aside
    gc.collect()
    thread.join(PATIENCE)
    assert not thread.is_alive()
