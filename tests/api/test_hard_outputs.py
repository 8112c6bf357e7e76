"""What a task may return, however odd: one defined outcome each, on every executor."""

from __future__ import annotations

import itertools
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.api.everywhere import error_on, everywhere, in_this_process, is_short, read_again, run_on
from wfkit import Dag, task
from wfkit.core.errors import InvalidOption, NoResult
from wfkit.engine import stored
from wfkit.engine.store import MemoryStore, Store
from wfkit.engine.stored import Unreadable
from wfkit.engine.stores import store_for


class Hostile:
    """Whoever looks at it where nobody has to waits for ever, fills the memory or fails."""

    def _refuse(self, *_: object) -> Any:
        raise AssertionError("somebody looked at it")

    __repr__ = __str__ = __eq__ = __ne__ = __hash__ = __bool__ = __len__ = __sizeof__ = _refuse
    __iter__ = __contains__ = __lt__ = __format__ = __dir__ = _refuse
    _repr_html_ = _repr_mimebundle_ = _repr_png_ = _ipython_display_ = _refuse


@everywhere
@pytest.mark.parametrize("kept", [False, True])
def test_nobody_looks_at_what_a_task_returns(where: str, kept: bool, tmp_path: Path) -> None:
    def odd() -> Hostile:
        return Hostile()

    @task(ensure=lambda odd: odd)
    def on(odd: Hostile) -> Hostile:
        return odd

    run = run_on(where, odd, on, store=tmp_path / "history.sqlite" if kept else None)
    assert type(run["on"]) is Hostile
    told = f"{run!r} {run.picture()!r} {run.explain('on')!r} {run.task_instances} {run.events}"
    assert "success" in told


# What no store can keep


class Refuses:
    """Cannot be pickled, for the reason it is given."""

    def __init__(self, reason: BaseException) -> None:
        self.reason = reason

    def __reduce__(self) -> Any:
        raise self.reason


class Shy(Exception):
    def __str__(self) -> str:
        raise ValueError("no text")


class Verbose(Exception):
    def __str__(self) -> str:
        return "so\nmany\nlines\nof\ntext " * 1_000_000


class Nameless:
    def __hash__(self) -> int:
        return 1

    def __repr__(self) -> str:
        raise ValueError("no name")


class EndlessDict(dict[str, Any]):
    def items(self) -> Any:
        return (("x", 1) for _ in itertools.count())

    def __reduce__(self) -> Any:
        raise TypeError("not me")


def nested(depth: int) -> list[Any]:
    value: list[Any] = []
    for _ in range(depth):
        value = [value]
    return value


UNPICKLABLE: dict[str, tuple[Callable[[], Any], str]] = {
    "a lock inside": (lambda: {"a": [1, threading.Lock()]}, 'it["a"][1] is not picklable'),
    "a shy reason": (lambda: [Refuses(Shy())], "it[0] is not picklable (Shy: (its own text"),
    "a verbose reason": (lambda: Refuses(Verbose()), "(Verbose: so many lines of text so"),
    "a nameless key": (lambda: {Nameless(): Refuses(TypeError("x"))}, "it[<Nameless>] is not"),
    "an endless dict": (EndlessDict, "it is not picklable (TypeError: not me)"),
    "too deep": (lambda: nested(100_000), "(RecursionError: maximum recursion depth"),
    "a huge key": (lambda: {"k" * 10**7: Refuses(TypeError("x"))}, "kkkk"),
}


@everywhere
@pytest.mark.parametrize("what", UNPICKLABLE)
def test_what_cannot_be_stored_is_told_in_three_lines(
    where: str, what: str, tmp_path: Path
) -> None:
    make, told = UNPICKLABLE[what]

    @task(retries=3)
    def odd() -> Any:
        return make()

    error = error_on(where, odd, store=tmp_path / "history.sqlite")
    assert error["type"] == "CannotStore"
    assert told in error["message"]
    assert error["message"].startswith("what odd returned cannot ")
    assert is_short(error["message"])


@in_this_process
def test_in_memory_everything_can_be_returned(where: str) -> None:
    def odd() -> Any:
        return {"a": [threading.Lock()]}

    def on(odd: Any) -> bool:
        return bool(odd["a"][0].acquire(blocking=False))

    assert run_on(where, odd, on)["on"] is True


@in_this_process
@pytest.mark.parametrize("result_format", ["pickle", "parquet"])
def test_what_is_too_large_is_refused_before_it_is_stored(
    where: str, result_format: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(stored, "MOST_BYTES", 1000)

    @task(result_format=result_format, retries=1)
    def large() -> Any:
        return pd.DataFrame({"day": [str(n) * 50 for n in range(1_000)]})

    error = error_on(where, large, store=tmp_path / "history.sqlite")
    assert error["message"].startswith("what large returned takes 0 MB, at most 256 MB are stored")
    assert not list(tmp_path.glob("*.results/*"))


@in_this_process
def test_what_lies_about_its_size_is_measured(where: str, tmp_path: Path) -> None:
    class Liar(list[int]):
        def __sizeof__(self) -> int:
            return 2**60

        def __len__(self) -> int:
            return 2**60

    def liar() -> Any:
        return Liar([1])

    assert run_on(where, liar)["liar"][0] == 1


@everywhere
def test_an_endless_generator_is_refused_and_not_read(where: str) -> None:
    def endless() -> Any:
        return (n for n in itertools.count())

    error = error_on(where, endless)
    assert error["type"] == "TypeError"
    assert error["message"].startswith("endless returned a generator")


# What comes back as it was


def same(one: Any, other: Any) -> bool:
    """Equal, where NaN and NaT equal themselves."""
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    is_gap = pd.api.types.is_scalar(one) and one is not None and pd.isna(one)
    return type(one) is type(other) and bool(pd.isna(other) if is_gap else one == other)


HARD_VALUES: list[Any] = [None, float("nan"), float("-inf"), -0.0, pd.NaT, "\ud800 \0 \x1b[31m \r",
               "\u202e", "", [], b"\xff\0", 10**5_000, {"\udc80": (1,)}]  # fmt: skip


@everywhere
def test_hard_values_make_the_round_trip(where: str, tmp_path: Path) -> None:
    def values() -> list[Any]:
        return HARD_VALUES

    def on(values: list[Any]) -> list[Any]:
        return values

    run = run_on(where, values, on, store=tmp_path / "history.sqlite")
    again = read_again(run)
    assert same(run["on"], HARD_VALUES)
    assert same(again["on"], HARD_VALUES)


@everywhere
@pytest.mark.parametrize("result_format", ["pickle", "parquet"])
def test_a_table_with_gaps_makes_the_round_trip(
    where: str, result_format: str, tmp_path: Path
) -> None:
    frame = pd.DataFrame(
        {
            "amount": [1.5, None],
            "at": [pd.Timestamp("1997-01-01", tz="UTC"), pd.NaT],
            "who": ["é", None],
        }
    )

    @task(result_format=result_format)
    def table() -> pd.DataFrame:
        return frame

    def on(table: pd.DataFrame) -> pd.DataFrame:
        return table

    run = run_on(where, table, on, store=tmp_path / "history.sqlite")
    for found in (run["on"], read_again(run)["table"], read_again(run)["on"]):
        pd.testing.assert_frame_equal(found, frame)


@everywhere
def test_nobody_can_change_what_others_read(where: str) -> None:
    import numpy as np

    def rows() -> list[Any]:
        return [[1], {"a": 2}, pd.DataFrame({"x": [[3]]}), np.array([4])]

    @task(priority=1)
    def spoils(rows: list[Any]) -> str:
        rows[0].append(9)
        rows[1]["a"] = 9
        rows[2]["x"][0].append(9)
        rows[2].loc[0, "x"] = 9
        rows[3] = rows[3] + 5
        return "spoiled"

    @task(after="spoils")
    def reads(rows: list[Any]) -> str:
        return repr(rows)

    def again(reads: str, rows: list[Any]) -> bool:
        return reads == repr(rows)

    run = run_on(where, rows, spoils, reads, again)
    assert run["again"] is True
    assert run["reads"] == repr(run["rows"])
    assert "9" not in run["reads"]


# Classes and files that are not what they were


class Row:
    def __init__(self, amount: int) -> None:
        self.amount = amount


class Remade:
    """A class of the same name with another shape."""

    def __new__(cls, amount: int) -> Any:
        return object.__new__(cls)


def cut_off(store: Path | Store) -> tuple[Dag, list[bool]]:
    """A run whose second task failed; it succeeds when the list is emptied."""
    failing = [True]

    def rows() -> Row:
        return Row(5)

    def total(rows: Row) -> int:
        if failing:
            raise ValueError
        return rows.amount

    dag = Dag("sales", [rows, total])
    dag.run(store=store, executor="serial", expect="failed")
    failing.clear()
    return Dag("sales", [rows, total]), failing


def test_a_class_of_the_same_shape_takes_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dag, _ = cut_off(tmp_path / "history.sqlite")
    monkeypatch.setattr(f"{__name__}.Row", type("Row", (), {}))
    run = dag.resume(store=tmp_path / "history.sqlite")
    assert run["total"] == 5
    assert type(run["rows"]) is Row


@pytest.mark.parametrize("how", ["remade", "gone"])
def test_a_class_that_no_longer_fits_fails_only_who_reads_it(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.sqlite"
    dag, _ = cut_off(path)
    with monkeypatch.context() as patch:
        if how == "gone":
            patch.delattr(f"{__name__}.Row")
        else:
            patch.setattr(f"{__name__}.Row", Remade)
        run = dag.resume(store=path, expect="failed")
        error = run.snapshot.instances["total", -1].error
        assert error is not None
        assert error["type"] == "Unreadable"
        assert error["message"].startswith("what rows returned cannot be read back: ")
        assert error["message"].endswith('run it again: dag.rerun("rows")')
        assert is_short(error["message"])
        with pytest.raises(Unreadable, match="what rows returned cannot be read back"):
            run["rows"]
        assert run.results() == {}
    assert dag.resume(store=path)["total"] == 5


def test_a_result_that_nobody_reads_may_be_unreadable(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "history.sqlite"
    dag, _ = cut_off(path)
    monkeypatch.delattr(f"{__name__}.Row")

    def total() -> int:
        return 7

    dag.add(total, replace=True)
    assert dag.resume(store=path)["total"] == 7


@pytest.mark.parametrize("how", ["gone", "cut"])
def test_a_result_file_that_is_damaged_is_told(how: str, tmp_path: Path) -> None:
    path = tmp_path / "history.sqlite"
    failing = [True]

    def rows() -> str:
        return "x" * 200_000

    def total(rows: str) -> int:
        if failing:
            raise ValueError
        return len(rows)

    first = Dag("sales", [rows, total])
    first.run(store=path, expect="failed")
    failing.clear()
    dag = Dag("sales", [rows, total])
    [file] = tmp_path.glob("*.results/*")
    file.unlink() if how == "gone" else os.truncate(file, 1_000)
    run = dag.resume(store=path, expect="failed")
    error = run.snapshot.instances["total", -1].error
    assert error is not None
    why = "its file is gone" if how == "gone" else "UnpicklingError: pickle data was truncated"
    assert error["message"].startswith(f"what rows returned cannot be read back: {why}.\n")
    kind = NoResult if how == "gone" else Unreadable
    with pytest.raises(kind):
        read_again(run)["rows"]
    assert dag.rerun("rows", store=path)["total"] == 200_000


def test_an_expanded_task_goes_on_after_a_failure_in_memory() -> None:
    failing = [True]

    def it() -> list[int]:
        return [1, 2, 3]

    @task(expand="it")
    def each(it: int) -> int:
        return 2 * it

    def total(each: list[int], factor: Row) -> int:
        if failing:
            raise ValueError
        return factor.amount * sum(each)

    dag = Dag("sales", [it, each, total], params={"factor": Row(2)})
    dag.run(store=None, expect="failed")
    failing.clear()
    assert dag.resume()["total"] == 24


# What goes in is as hard as what comes out


class Textless:
    def __str__(self) -> str:
        raise ValueError("no text")

    __repr__ = __str__


def holding_itself() -> dict[str, Any]:
    value: dict[str, Any] = {}
    value["a"] = value
    return value


@pytest.mark.parametrize("store", ["file", "memory"])
@pytest.mark.parametrize("make", [Textless, holding_itself, lambda: 10**5_000, lambda: "\ud800"])
def test_params_need_no_text(store: str, make: Callable[[], Any], tmp_path: Path) -> None:
    def orders(rate: Any) -> str:
        return type(rate).__name__

    value = make()
    kept = store_for(tmp_path / "history.sqlite") if store == "file" else MemoryStore()
    run = Dag("sales", [orders], params={"rate": 1}).run({"rate": value}, store=kept)
    assert run["orders"] == type(value).__name__


@pytest.mark.parametrize("value", [threading.Lock(), Refuses(Verbose()), Refuses(Shy())])
def test_a_param_that_cannot_be_stored_is_refused_before_anything_is_recorded(
    value: Any, tmp_path: Path
) -> None:
    def orders(rate: Any) -> int:
        return 1

    dag = Dag("sales", [orders], params={"rate": value})
    with pytest.raises(InvalidOption) as caught:
        dag.run(store=tmp_path / "history.sqlite")
    assert str(caught.value).startswith("the param rate cannot be stored: ")
    assert is_short(str(caught.value))
    assert len(dag.runs(store=tmp_path / "history.sqlite")) == 0


def test_params_that_cannot_be_read_back_are_told_at_resume(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def orders(rate: Row) -> int:
        raise ValueError

    dag = Dag("sales", [orders], params={"rate": Row(1)})
    dag.run(store=tmp_path / "history.sqlite", expect="failed")
    monkeypatch.setattr(f"{__name__}.Row", Remade)
    with pytest.raises(Unreadable) as caught:
        Dag("sales", [orders], params={"rate": 1}).resume(store=tmp_path / "history.sqlite")
    assert str(caught.value).startswith(
        f"the params of {dag.last.run_id if dag.last else ''} cannot"
    )
    assert is_short(str(caught.value))


class Unlisted(list[int]):
    def __iter__(self) -> Iterator[int]:
        raise ValueError("not me")

    def __len__(self) -> int:
        raise ValueError("not me")


class EndlessList(list[int]):
    def __iter__(self) -> Iterator[int]:
        return itertools.count()


class EndlessMapping(Mapping[str, int]):
    def __getitem__(self, key: str) -> int:
        return 1

    def __iter__(self) -> Iterator[str]:
        return map(str, itertools.count())

    def __len__(self) -> int:
        return 1


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (
            Unlisted([1]),
            "each is repeated over Unlisted, which cannot be read: ValueError: not me.",
        ),
        (EndlessList(), "each would be repeated 1,025 times, more than max_map_length=1,024."),
        (EndlessMapping(), "each would be repeated 1,025 times, more than max_map_length=1,024."),
    ],
)
def test_an_odd_list_is_not_expanded(value: Any, told: str) -> None:
    def it() -> Any:
        return value

    @task(expand="it")
    def each(it: int) -> int:
        return it

    run = run_on("serial", it, each, expect="failed")
    error = run.snapshot.instances["each", -1].error
    assert error is not None
    assert error["message"].partition("\n")[0] == told


@everywhere
@pytest.mark.parametrize("make", [Textless, lambda: ["on", Textless()]])
def test_a_branch_can_name_anything(where: str, make: Callable[[], Any]) -> None:
    @task(branch=True)
    def decide() -> Any:
        return make()

    def on(decide: Any) -> int:
        return 1

    run = run_on(where, decide, on, expect="failed")
    error = run.snapshot.instances["decide", -1].error
    assert error is not None
    assert error["message"].startswith("decide chose <Textless>, which is not directly downstream")
