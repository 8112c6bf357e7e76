"""Files that arrive on a real disk while a real scheduler watches."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.api.serving import Heard, service_at
from wfkit import Dag
from wfkit.engine.sqlite_store import SqliteStore

pytestmark = pytest.mark.long
Service = tuple[SqliteStore, Heard]
PATTERN = "file inbox/*.csv"


def load(files: list[str]) -> dict[str, str]:
    return {it: Path(it).read_text("utf-8") for it in files}


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "inbox").mkdir()
    return tmp_path / "inbox"


@pytest.fixture
def service(tmp_path: Path) -> Iterator[Service]:
    with service_at(tmp_path / "history") as found:
        yield found


def loaded(dag: Dag, store: SqliteStore) -> list[dict[str, str]]:
    """What each run has read, oldest first."""
    return [run["load"] for run in dag.runs(100, store=store)]


def test_a_file_in_two_writes_is_one_run_that_learns_it(inbox: Path, service: Service) -> None:
    store, heard = service
    dag = Dag("inbox", [load], schedule=PATTERN)
    dag.serve(store=store)
    with (inbox / "a.csv").open("w", encoding="utf-8") as file:
        file.write("one half")
        file.flush()
        (inbox / "a.txt").write_text("no csv", "utf-8")
        file.write(", the other")
    heard.until("is success")
    (inbox / "b.csv").write_text("b", "utf-8")
    heard.until("is success")
    assert loaded(dag, store) == [{"inbox/a.csv": "one half, the other"}, {"inbox/b.csv": "b"}]


def test_a_hundred_files_at_once_are_one_run(inbox: Path, service: Service) -> None:
    store, heard = service
    dag = Dag("inbox", [load], schedule="file inbox/*/*.csv")
    dag.serve(store=store)
    # They come in one step, however busy the machine is.
    drop = inbox.parent / "drop"
    drop.mkdir()
    for number in range(100):
        (drop / f"{number:02}.csv").write_text(str(number), "utf-8")
    drop.rename(inbox / "monday")
    heard.until("is success")
    (inbox / "monday" / "more.csv").write_text("more", "utf-8")
    heard.until("is success")
    hundred = {f"inbox/monday/{number:02}.csv": str(number) for number in range(100)}
    assert loaded(dag, store) == [hundred, {"inbox/monday/more.csv": "more"}]


def test_files_that_came_while_nobody_served_are_one_run(inbox: Path, tmp_path: Path) -> None:
    dag = Dag("inbox", [load], schedule=PATTERN)
    for names in ("ab", "cd"):
        for name in names:
            (inbox / f"{name}.csv").write_text(name, "utf-8")
        with service_at(tmp_path / "history") as (store, heard):
            dag.serve(store=store)
            heard.until("is success")
    assert [list(it) for it in loaded(dag, store)] == [
        ["inbox/a.csv", "inbox/b.csv"],
        ["inbox/c.csv", "inbox/d.csv"],
    ]


def test_serving_again_forgets_no_file_and_tells_none_twice(inbox: Path, service: Service) -> None:
    store, heard = service
    (inbox / "a.csv").write_text("a", "utf-8")
    dag = Dag("inbox", [load], schedule=PATTERN)
    dag.serve(store=store)
    heard.until("is success")
    for pattern in (PATTERN, "file inbox/?.csv"):
        Dag("inbox", [load], schedule=pattern).serve(store=store)
    (inbox / "b.csv").write_text("b", "utf-8")
    heard.until("is success")
    (inbox / "c.csv").write_text("c", "utf-8")
    heard.until("is success")
    assert [list(it) for it in loaded(dag, store)] == [[f"inbox/{it}.csv"] for it in "abc"]
