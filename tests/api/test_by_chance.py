"""Whatever one does with a Dag, in any order: its history is true, errors change nothing."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from tests.api.chance import KINDS, NAMES, Sketch, Witness
from tests.api.whole import complaints_of
from wfkit import Dag
from wfkit.api.dag_run import DagRun
from wfkit.core.errors import InvalidOption, RunFailed, WfkitError
from wfkit.core.states import TaskState
from wfkit.engine import stores

SLOTS = 3
POOLS = {"api": 1, "db": 2}
RULES = (*["all_success"] * 5, "all_done", "all_failed", "one_success", "one_failed")
RULES += ("none_failed", "none_failed_min_one_success", "always")
FAULTS = ("1", "2", "always", "40%", "lost", "bad", "slow=20s", "hang")
PATIENCE = 10.0

names = st.sampled_from(NAMES)
some_names = st.lists(names, max_size=2, unique=True)
options = st.fixed_dictionaries(
    {},
    optional={
        "retries": st.integers(1, 2),
        "retry_delay": st.sampled_from([0.0, 0.02]),
        "jitter": st.booleans(),
        "backoff": st.sampled_from([1.0, 2.0]),
        "trigger_rule": st.sampled_from(RULES),
        "cache": st.booleans(),
        "pool": st.sampled_from(sorted(POOLS)),
        "priority": st.integers(-1, 1),
        "timeout": st.sampled_from([None, 10.0]),
        "takes": st.sampled_from([0.0, 3.0]),
        "deadline": st.sampled_from([None, 5.0]),
        "ensure": st.sampled_from([None, lambda it: it is not None]),
    },
)
faults = st.lists(st.tuples(names, st.sampled_from(FAULTS)).map(":".join), max_size=2)


class Bench(RuleBasedStateMachine):
    """A learner with one Dag, now and then a second one, and a history that all share."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="wfkit-chance-"))
        self.before = os.environ.get("WFKIT_HOME")
        os.environ["WFKIT_HOME"] = str(self.folder)
        self.witness = Witness()
        self.version = 0
        self.kinds: dict[str, str] = {}
        self.dag = self.other = Dag(
            "sales", params={"rate": 1}, pools=POOLS, max_active_tasks=SLOTS
        )
        self.known: dict[str, str] = {}
        self.shapes: dict[str, Any] = {}
        self.faults: dict[str, list[str]] = {}

    def teardown(self) -> None:
        self._close()
        if self.before is None:
            del os.environ["WFKIT_HOME"]
        else:
            os.environ["WFKIT_HOME"] = self.before
        shutil.rmtree(self.folder)

    def _close(self) -> None:
        for key in [key for key in stores._open if key[1].parent == self.folder]:
            stores._open.pop(key).close()

    # What one declares

    @initialize(data=st.data())
    def begin(self, data: st.DataObject) -> None:
        for name in NAMES[:5]:
            self._add(data, name, replace=False)
        self.twin()
        self._run(data, data.draw(faults))

    @rule()
    def twin(self) -> None:
        """Let the second Dag have the same tasks; each knows of its own runs only."""
        self.other = self._dag()

    def _dag(self) -> Dag:
        tasks = list(self.dag.tasks.values())
        return Dag("sales", tasks, params={"rate": 1}, pools=POOLS, max_active_tasks=SLOTS)

    @rule(data=st.data(), name=names, replace=st.booleans())
    def declare(self, data: st.DataObject, name: str, replace: bool) -> None:
        self._add(data, name, replace)

    def _add(self, data: st.DataObject, name: str, replace: bool) -> None:
        sketch = self._sketch(data, name)
        self._try(lambda: self.dag.add(self.witness.task(sketch), replace=replace))

    def _sketch(self, data: st.DataObject, name: str) -> Sketch:
        self.version += 1
        kind: str = data.draw(st.sampled_from(KINDS)) if self.version > 1 else "list"
        upstream = self._some(data)
        is_read: list[bool] = data.draw(st.lists(st.booleans(), min_size=3, max_size=3))
        read = tuple(it for it, yes in zip(upstream, is_read, strict=False) if yes)
        chosen = {"after": tuple(it for it in upstream if it not in read), **data.draw(options)}
        if kind == "sensor":
            chosen |= {"sensor": True, "poke_interval": 0.02}
        elif kind == "branch":
            chosen["branch"] = True
        elif data.draw(st.integers(0, 3)) and read:
            chosen["expand"] = min(read, key=lambda it: self.kinds.get(it) != "list")
        self.kinds[name] = kind
        choice = tuple(it for it in NAMES[: self.version % 6 + 1] if self._reads(it, name))
        return Sketch(name, kind, self.version % 3, read, choice, chosen)

    def _some(self, data: st.DataObject) -> list[str]:
        """Some tasks that there are, seldom one that there is not."""
        known = sorted(self.dag.tasks) or ["a"]
        if data.draw(st.integers(0, 19)) == 0:
            return data.draw(some_names)
        count = data.draw(st.sampled_from([0, 1, 1, 2, 2, 3]))
        return data.draw(st.lists(st.sampled_from(known), max_size=count, unique=True))

    def _reads(self, task: str, name: str) -> bool:
        return name in self.dag.graph.upstream.get(task, ())

    @rule(name=names)
    def remove(self, name: str) -> None:
        self._try(lambda: self.dag.remove(name))

    @rule(name=names, options=options, keep=st.booleans())
    def change(self, name: str, options: dict[str, Any], keep: bool) -> None:
        changed = self._try(lambda: self.dag.change(name, **options))
        if isinstance(changed, Dag):
            assert not changed.ran
            self.other = changed
        if not keep:
            self.dag, self.other = self.other, self.dag

    # What one runs

    @rule(data=st.data(), faults=faults, part=st.sampled_from([None, None, "only", "upto"]))
    def run(self, data: st.DataObject, faults: list[str], part: str | None) -> None:
        self._run(data, faults, **({part: self._some(data)} if part else {}))

    def _run(self, data: st.DataObject, faults: list[str], **part: list[str]) -> None:
        executor = data.draw(st.sampled_from(["serial", "thread"]))
        seed, rate = data.draw(st.integers(0, 3)), data.draw(st.sampled_from([1, 2]))
        then = data.draw(st.lists(st.tuples(st.booleans(), names, st.booleans()), max_size=2))
        faults = self._bearable(faults)
        found = self._try(
            lambda: self.dag.run(
                {"rate": rate},
                executor=executor,
                clock="virtual",
                seed=seed,
                faults=faults,
                **part,  # type: ignore[arg-type]
            )
        )
        if found is None:
            return
        self._began(found, faults)
        for is_other, name, is_resumed in then:
            if is_resumed:
                self._resume(is_other, len(self.known) + 1, executor)
            else:
                self._rerun(is_other, len(self.known) + 1, name, downstream=seed > 0)

    @rule(seed=st.integers(0, 3), faults=faults)
    def trial(self, seed: int, faults: list[str]) -> None:
        faults = self._bearable(faults)
        before, others = self._all(), self.witness.calls
        self.witness.calls = []  # a trial takes the name of a run that there may be
        found = self._try(lambda: self.dag.trial(seed=seed, faults=faults))
        assert self._all() == before
        if found is not None:
            assert complaints_of(found, SLOTS, faults=faults, choices=self._choices(found)) == []
        self.witness.calls = others

    @rule(
        other=st.booleans(),
        number=st.integers(0, 9),
        executor=st.sampled_from([None, "serial", "thread"]),
    )
    def resume(self, other: bool, number: int, executor: str | None) -> None:
        self._resume(other, number, executor)

    def _resume(self, other: bool, number: int, executor: str | None) -> None:
        if not self.known:
            return
        dag = self.other if other else self.dag
        run_id, meant = self._chosen(dag, number)
        before = self._stored(meant)
        length, was = len(before.events), str(before.state)
        calls, kept = Counter(self.witness.of(meant)), self._kept(meant)
        found = self._try(lambda: dag.resume(run_id, executor=executor))
        if found is None:
            return
        assert found.run_id == meant
        if was == "success":
            assert found.has_nothing_left
            assert (len(found.events), found.state) == (length, was)
        else:
            self._went_on(found)
            again = Counter(self.witness.of(meant)) - calls
            assert not {(it.task, it.map_index) for it in again} & kept

    @rule(other=st.booleans(), number=st.integers(0, 9), name=names, downstream=st.booleans())
    def rerun(self, other: bool, number: int, name: str, downstream: bool) -> None:
        self._rerun(other, number, name, downstream)

    def _rerun(self, other: bool, number: int, name: str, downstream: bool) -> None:
        if not self.known:
            return
        dag = self.other if other else self.dag
        run_id, meant = self._chosen(dag, number)
        cleared = {name}
        if downstream and name in dag.tasks:
            cleared |= dag.graph.descendants(name)
        calls, kept = Counter(self.witness.of(meant)), self._kept(meant)
        found = self._try(lambda: dag.rerun(name, run_id=run_id, downstream=downstream))
        if found is None:
            return
        assert found.run_id == meant
        self._went_on(found)
        again = Counter(self.witness.of(meant)) - calls
        ran = {(it.task, it.map_index) for it in again}
        assert {task for task, _ in ran & kept} <= cleared

    @rule(name=names)
    def cancel_in_the_background(self, name: str) -> None:
        faults = [f"{name}:hang"]
        found = self._try(
            lambda: self.dag.run(clock="system", executor="thread", faults=faults, background=True)
        )
        if found is None:
            return
        while not found.wait(0.002) and not self._is_running(found, name):
            pass
        if self._is_running(found, name):
            with pytest.raises(InvalidOption, match="is still running"):
                self.dag.resume(found.run_id)
            assert str(found.explain())
        self.dag.cancel()
        assert found.wait(PATIENCE)
        self._began(found, faults)

    def _is_running(self, run: DagRun, name: str) -> bool:
        return any(it.task == name for it in run.snapshot.with_state(TaskState.RUNNING))

    def _bearable(self, faults: list[str]) -> list[str]:
        """A sensor whose answer is damaged would look for ever."""
        sensors = {name for name, it in self.dag.tasks.items() if it.options.sensor}
        hard = {it for it in faults if it.endswith(":bad") and it[0] in sensors}
        unknown = {it for it in faults if it[0] not in self.dag.tasks}
        return [it for it in faults if it not in hard | (unknown if len(faults) > 1 else set())]

    # What one reads

    @rule(name=names, n=st.integers(1, 3), number=st.integers(0, 9))
    def read(self, name: str, n: int, number: int) -> None:
        self._try(lambda: self.dag.explain(name))
        self._try(lambda: self.dag.logs(name, n=n))
        for it in (self.dag, self.dag.runs(n), self.dag.last, self.dag.show()):
            assert repr(it)
        if self.known:
            self._read(list(self.known)[number % len(self.known)])

    def _read(self, run_id: str) -> None:
        run = self._stored(run_id)
        assert str(self.dag.explain(run_id=run_id))
        for task, index in run.snapshot.instances:
            assert str(run.explain(task if index < 0 else f"{task}[{index}]"))
        assert len(self.dag.logs(run_id=run_id)) == len(self.witness.of(run_id))
        assert len(run.task_instances) == len(run.snapshot.instances)
        assert len(run.attempts) == len(run.snapshot.attempts)
        assert repr(run.picture())

    @rule(number=st.integers(0, 12))
    def ask_for_nonsense(self, number: int) -> None:
        dag = self.dag
        asks: list[Callable[[], object]] = [
            lambda: dag.run({"rat": 1}),
            lambda: dag.run(executor="threads"),
            lambda: dag.run(faults="a"),
            lambda: dag.run(only="nobody"),
            lambda: dag.run(store=7),  # type: ignore[arg-type]
            lambda: dag.run(seed=-1),
            lambda: dag.resume("nobody"),
            lambda: dag.rerun("nobody"),
            lambda: dag.logs(n=0),
            lambda: dag.explain("nobody"),
            lambda: dag.explain(run_id="nobody"),
            lambda: dag.change("nobody"),
            lambda: dag.remove("nobody"),
        ]
        assert self._try(asks[number]) is None

    @rule()
    def reopen(self) -> None:
        before = [(it.run_id, it.state, it.events, it.lines) for it in self.dag.runs(99)]
        self._close()
        self.dag = self._dag()
        self.twin()
        assert [(it.run_id, it.state, it.events, it.lines) for it in self.dag.runs(99)] == before
        assert self.dag.ran is None
        if before:
            assert self.dag.last.run_id == before[-1][0]

    # What must hold

    @invariant()
    def everyone_sees_the_same_runs(self) -> None:
        store = stores.store_for("default")
        assert {it.run_id: it.state for it in store.runs("sales")} == self.known
        for dag in (self.dag, self.other):
            runs = dag.runs(99)
            assert {it.run_id: str(it.state) for it in runs} == self.known
            for run in [*runs, dag.last] if dag.last else runs:
                assert run.snapshot.state == run.state == self.known[run.run_id]
                assert run.snapshot.seq == store.last_seq("sales", run.run_id)

    def _try(self, ask: Callable[[], Any]) -> Any:
        """Ask for something. An error is told in three lines, and leaves everything as it was."""
        before = self._all()
        try:
            return ask()
        except RunFailed as failure:
            return failure.run
        except WfkitError as refusal:
            told = str(refusal)
        assert 1 <= len(told.splitlines()) <= 3, told
        assert self._all() == before
        return None

    def _all(self) -> Any:
        store = stores.store_for("default")
        runs = [(*it, store.last_seq("sales", it.run_id)) for it in store.runs("sales")]
        tasks = {name: id(task) for name, task in self.dag.tasks.items()}
        return repr(self.dag), tasks, id(self.dag.ran), runs

    def _began(self, run: DagRun, faults: list[str]) -> None:
        assert run.run_id not in self.known
        assert self.dag.ran is run
        self.faults[run.run_id] = faults
        self.shapes[run.run_id] = _shape(run)
        self._ended(run)

    def _went_on(self, run: DagRun) -> None:
        if self.shapes[run.run_id] != _shape(run):
            self.shapes[run.run_id] = None  # rules and limits are no longer those of the beginning
        self._ended(run)

    def _ended(self, run: DagRun) -> None:
        self.known[run.run_id] = str(run.state)
        found = complaints_of(
            run,
            SLOTS,
            faults=self.faults[run.run_id],
            choices=self._choices(run),
            is_changed=self.shapes[run.run_id] is None,
        )
        assert found == []
        self._check_results(run)

    def _choices(self, run: DagRun) -> dict[str, tuple[str, ...]]:
        branches = {it.name for it in run.graph.tasks.values() if it.options.branch}
        found = [it for it in self.witness.of(run.run_id) if it.task in branches]
        lists = ((it.task, it.value) for it in found if it.value and it.value[0] == "[")
        return {task: tuple(eval(value)) for task, value in lists}

    def _check_results(self, run: DagRun) -> None:
        returned = {it[1:4]: it.value for it in self.witness.of(run.run_id)}
        damaged = {it.partition(":")[0] for it in self.faults[run.run_id] if it.endswith(":bad")}
        for key, it in run.snapshot.instances.items():
            if it.state == "success" and it.task not in damaged:
                value = returned.get((*key, it.attempt))
                assert value in (None, repr(run[key])), key
            elif it.state != "success":
                with pytest.raises(WfkitError):
                    run[key]

    def _chosen(self, dag: Dag, number: int) -> tuple[str | None, str]:
        """A run_id to ask for, or None, and the run that is meant by it."""
        run_id = [None, None, *self.known][number % (2 + len(self.known))]
        last = dag.ran.run_id if dag.ran else list(self.known)[-1]
        return run_id, run_id or last

    def _stored(self, run_id: str) -> DagRun:
        return next(it for it in self.dag.runs(99) if it.run_id == run_id)

    def _kept(self, run_id: str) -> set[tuple[str, int]]:
        found = self._stored(run_id).snapshot.instances
        return {key for key, it in found.items() if it.state == "success" and key[1] < 0}


def _shape(run: DagRun) -> Any:
    tasks = run.graph.tasks
    return {name: (tasks[name].options, run.graph.upstream[name]) for name in run.graph.order}


TestByChance = pytest.mark.long(Bench.TestCase)
TestByChance.settings = settings(
    max_examples=100,
    stateful_step_count=30,
    derandomize=True,
    deadline=None,
    # Every step has its price, so that making a failure smaller would take many minutes.
    phases=[Phase.generate],
    report_multiple_bugs=False,
    suppress_health_check=list(HealthCheck),
)
