"""A Dag declared anew while it is served, a run that cannot begin, a scheduler that dies."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.serving import PATIENCE, Heard, service_at
from wfkit import Dag
from wfkit.api.service import follow, service_of
from wfkit.core.errors import InvalidOption, SchedulerDied
from wfkit.engine.scheduler import Scheduler
from wfkit.engine.sqlite_store import SqliteStore

pytestmark = pytest.mark.slow
Service = tuple[SqliteStore, Heard]


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with service_at(tmp_path / "history") as found:
        yield found


def beat() -> str:
    return "beat"


def other() -> str:
    return "other"


def test_what_is_declared_anew_is_served_from_then_on(service: Service) -> None:
    store, heard = service
    serving = Dag("pulse", [beat], schedule="every 1h").serve(store=store)
    quick = Dag("pulse", [other], schedule="every 100ms")
    assert follow(quick)
    assert repr(serving) == "serving pulse: every 100ms; dag.cancel() ends it"
    heard.until("is success")
    quick.cancel()
    assert quick.last["other"] == "other"


def test_a_run_under_way_keeps_its_tasks_and_the_next_one_has_the_new_ones(
    service: Service,
) -> None:
    store, heard = service
    has_begun, may_end = threading.Event(), threading.Event()

    def slow() -> None:
        has_begun.set()
        may_end.wait(PATIENCE)

    Dag("pulse", [slow], schedule="every 100ms").serve(store=store)
    assert has_begun.wait(PATIENCE)
    new = Dag("pulse", [other], schedule="every 100ms")
    follow(new)
    may_end.set()
    heard.until("is success", times=2)
    new.cancel()
    first, second = (run.task_instances for run in new.runs(100, store=store)[:2])
    assert (list(first["task"]), list(second["task"])) == (["slow"], ["other"])


def test_without_a_schedule_it_is_served_no_more(service: Service) -> None:
    store, _ = service
    serving = Dag("pulse", [beat], schedule="every 1h").serve(store=store)
    assert follow(Dag("pulse", [beat]))
    assert repr(serving) == "pulse is not served any more"
    assert serving.wait(PATIENCE)


def test_what_cannot_be_followed_changes_nothing(service: Service) -> None:
    store, heard = service
    serving = Dag("pulse", [beat], schedule="every 100ms").serve(store=store)
    with pytest.raises(InvalidOption, match="there is no folder nowhere"):
        follow(Dag("pulse", [beat], schedule="file nowhere/*.csv"))
    assert repr(serving) == "serving pulse: every 100ms; dag.cancel() ends it"
    heard.until("is success", times=2)


def test_of_a_dag_that_is_not_served_nothing_is_done(service: Service) -> None:
    Dag("pulse", [beat], schedule="every 1h").serve(store=service[0])
    assert not follow(Dag("quiet", [beat], schedule="every 1h"))


def test_who_waits_for_files_no_more_gets_no_run_for_one(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    store, _ = service
    Dag("pulse", [beat], schedule="file inbox/*.csv").serve(store=store)
    Dag("pulse", [beat], schedule="every 1h").serve(store=store)
    assert not [it for it in threading.enumerate() if "inbox" in it.name and _lasts(it)]
    assert service_of(store)._watchers == {}


def _lasts(thread: threading.Thread) -> bool:
    thread.join(PATIENCE)
    return thread.is_alive()


def test_a_run_that_cannot_begin_is_told_until_one_does(service: Service) -> None:
    def needs(beat: str) -> str:
        return beat

    store, heard = service
    dag = Dag("pulse", [needs], schedule="every 100ms", params={})
    serving = dag.serve(store=store)
    line = heard.until("pulse could not begin its run: UnknownUpstream")
    assert repr(serving).splitlines()[0] == "serving pulse: every 100ms; dag.cancel() ends it"
    assert repr(serving).splitlines()[1] == line.replace("pulse could", "it could")
    dag.add(beat)
    heard.until("is success")
    assert len(repr(serving).splitlines()) == 1


def test_a_scheduler_that_died_says_so_and_can_be_begun_again(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    def die(self: Scheduler) -> None:
        raise MemoryError("no more room")

    store, heard = service
    dag = Dag("pulse", [beat], schedule="every 100ms")
    serving = dag.serve(store=store)
    heard.until("is success")
    died = service_of(store)
    with monkeypatch.context() as patch:
        patch.setattr(Scheduler, "_start_what_is_due", die)
        heard.until("the scheduler died: MemoryError: no more room")
        assert died.wait(PATIENCE)
    told = "the scheduler died: MemoryError: no more room.\nServe it again: dag.serve()"
    assert repr(serving) == f"pulse is not served any more: {told}"
    assert not serving.is_running
    with pytest.raises(SchedulerDied) as caught:
        serving.wait()
    assert str(caught.value) == told
    assert not store.is_writing
    again = dag.serve(store=store)
    service_of(store).tell = heard.hear
    heard.until("is success")
    assert again.is_running
    again.stop()
    assert again.wait(PATIENCE)
