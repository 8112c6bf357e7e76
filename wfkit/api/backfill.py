"""How is a past range run on purpose?"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import islice, takewhile

from wfkit.api.dag_options import MOST_RUNS
from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.api.launch import RunRequest, chosen_tasks, order_for
from wfkit.api.moments import moment, utc, zone
from wfkit.api.order import Order
from wfkit.api.progress import Progress
from wfkit.api.schedule import known_schedule
from wfkit.api.service import announce
from wfkit.core import options as check
from wfkit.core.errors import InvalidOption, RunFailed
from wfkit.core.moments import moment_words
from wfkit.core.states import RunState
from wfkit.engine.agenda import Agenda, Occasion
from wfkit.engine.clock import SystemClock, clock_for
from wfkit.engine.scheduler import RunEnded, Scheduler, Served
from wfkit.engine.stores import StoreChoice
from wfkit.engine.timetable import Interval

MANY = 1_000
"""More runs than these need a limit."""

_BLINK = 0.05


@dataclass(frozen=True, kw_only=True)
class BackfillRequest:
    """What was asked for; `Dag.backfill` documents each."""

    start: str | date
    end: str | date
    limit: int | None = None
    max_active_runs: int | None = None
    executor: str | None = None
    store: StoreChoice = "default"


class Backfill:
    """The runs of a past range, oldest date first; `passed_over` dates had one already.

    `left_out` says why dates got none although they were asked for, or that there is no date.
    """

    def __init__(
        self, dag_name: str, runs: Sequence[DagRun], passed_over: int, left_out: str = ""
    ) -> None:
        self.dag_name, self.runs, self.passed_over = dag_name, runs, passed_over
        self.left_out = left_out

    @property
    def failed(self) -> list[DagRun]:
        """The runs that did not succeed."""
        return [run for run in self.runs if run.state is not RunState.SUCCESS]

    def check(self) -> Backfill:
        """Return this if every run succeeded, else raise RunFailed with the first that did not."""
        if not self.failed:
            return self
        first = self.failed[0]
        raise RunFailed(
            f"{len(self.failed)} of {len(self.runs)} runs did not succeed, "
            f"first {first.run_id}: {first.explain()}\n"
            f'Mend it, then go on with dag.resume("{first.run_id}").',
            first,
        )

    def __repr__(self) -> str:
        done = len(self.runs) - len(self.failed)
        ended = f"{done} of {len(self.runs)} runs succeeded" if self.runs else "nothing to do"
        told = f"Backfill of {self.dag_name}: {ended}"
        dates = "1 date" if self.passed_over == 1 else f"{self.passed_over:,} dates"
        told += f", {dates} already had a run" if self.passed_over else ""
        return told + (f"\n  {self.left_out}" if self.left_out else "")


def backfill(dag: DeclaredDag, asked: BackfillRequest, progress: Progress) -> Backfill:
    """Run every date of a range that has no run yet; blocks until all have ended.

    `progress` is called with the count of runs that have ended, and of all.
    """
    options = dag.options
    request = RunRequest(executor=asked.executor, store=asked.store)
    graph = chosen_tasks(dag, (), ())
    order = order_for(dag, request, graph, clock_for(options.clock))
    most = options.max_active_runs if asked.max_active_runs is None else asked.max_active_runs
    intervals, passed_over, left_out = _wanted(dag, asked, order)
    work = _Work(order, check.count("max_active_runs", most, 1, MOST_RUNS), intervals)
    work.run(progress)
    return Backfill(dag.name, work.runs, passed_over, left_out)


def _wanted(
    dag: DeclaredDag, asked: BackfillRequest, order: Order
) -> tuple[list[Interval], int, str]:
    """Return the intervals without a run, how many were passed over, and what is left out."""
    limit = None if asked.limit is None else check.count("limit", asked.limit, 1, 10**9)
    done = {utc(datetime.fromisoformat(it.logical_date)) for it in order.store.runs(dag.name)}
    known = list(islice(_intervals(dag, asked), (limit or MANY) + len(done) + 1))
    now = datetime.fromtimestamp(SystemClock().now(), UTC)
    found = [it for it in known if it.begin not in done and it.end <= now]
    if limit is None and len(found) > MANY:
        raise InvalidOption(
            f"that is more than {MANY:,} runs, so say how many you want.\n"
            f"Write limit={MANY}, and go on from there, or choose a shorter range."
        )
    found = found[:limit]
    passed_over = sum(it.begin in done for it in known if not found or it.begin < found[-1].begin)
    to_come = next((it for it in known if it.end > now and it.begin not in done), None)
    is_cut = limit is not None and len(found) == limit
    return found, passed_over, "" if is_cut else _left_out(dag, known, to_come)


def _left_out(dag: DeclaredDag, known: Sequence[Interval], to_come: Interval | None) -> str:
    where = zone(dag.options.timezone)
    if to_come is not None:
        first, due = (moment_words(it.astimezone(where)) for it in to_come)
        return f"from {first} on it is too early: that run is due {due}"
    if known:
        return ""
    start = dag.options.start_date
    since = "" if start is None else f"; {dag.name} starts {moment_words(start)}"
    return f"no run is due for that range{since}"


def _intervals(dag: DeclaredDag, asked: BackfillRequest) -> Iterator[Interval]:
    """Yield the data intervals with start <= logical date < end, in order."""
    timetable = known_schedule(dag).timetable
    if not timetable.is_timed:
        raise InvalidOption(
            f"{dag.name} runs {timetable.describe()}, so it has no dates to fill.\n"
            "A backfill needs a schedule by the clock, such as 30 1 * * *."
        )
    where = zone(dag.options.timezone)
    start, end = (utc(moment(name, getattr(asked, name), where)) for name in ("start", "end"))
    if end <= start:
        raise InvalidOption(f"end {asked.end} is not after start {asked.start}.")
    later = (it for it in timetable.intervals(start) if it.begin >= start)
    return takewhile(lambda it: it.begin < end, later)


class _Work:
    """The runs of one backfill, started on a thread of its own."""

    def __init__(self, order: Order, most: int, intervals: Sequence[Interval]) -> None:
        self.runs: list[DagRun] = []
        self._order, self._total = order, len(intervals)
        self._agenda = Agenda(max_active_runs=most)
        for interval in intervals:
            self._agenda.add(Occasion("backfill", interval, interval.end))
        self._scheduler = Scheduler(SystemClock())
        self._scheduler.add(Served(order.dag.name, None, self._agenda, self._start))
        self._error: BaseException | None = None

    def run(self, progress: Progress) -> None:
        """Block until all runs have ended; an interrupt cancels those that are under way."""
        thread = threading.Thread(target=self._drive, name="wfkit backfill", daemon=True)
        with self._order.store.writing():
            thread.start()
            try:
                while thread.is_alive():
                    thread.join(_BLINK)
                    progress(sum(run.state.is_terminal for run in list(self.runs)), self._total)
            except BaseException:
                self._stop()
                thread.join(1.0)
                raise
        if self._error:
            raise self._error

    def _stop(self) -> None:
        self._agenda.drop_waiting()
        self._scheduler.stop()
        for run in list(self.runs):
            run.cancel("interrupted")
        for run in list(self.runs):
            run.wait(0.5)

    def _drive(self) -> None:
        try:
            self._scheduler.run()
        except BaseException as error:  # noqa: BLE001 - raised where somebody waits
            self._error = error

    def _start(self, agenda: Agenda, occasion: Occasion) -> None:
        if self._order.has_run(occasion):
            self._tell_end(RunState.CANCELLED)  # somebody ran this date meanwhile
            return
        due = occasion.due.timestamp()
        run = self._order.run(occasion, clock_for(self._order.dag.options.clock, due))
        self.runs.append(run)
        self._order.dag.ran = run
        announce(run)
        run.when_ended(lambda run: self._tell_end(run.state))
        run.start()

    def _tell_end(self, state: RunState) -> None:
        time = SystemClock().now()
        self._scheduler.inbox.put(RunEnded(self._order.dag.name, time, state, self._agenda))
