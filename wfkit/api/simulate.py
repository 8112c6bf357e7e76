"""What would the schedule do? Real bodies on a virtual clock, with a history in memory."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial

from wfkit.api.arrivals import Arrivals, Arriving, arriving
from wfkit.api.dag_run import DagRun
from wfkit.api.declaring import DeclaredDag
from wfkit.api.launch import check_pools, known_faults
from wfkit.api.moments import moment, utc, zone
from wfkit.api.order import Order
from wfkit.api.progress import Progress
from wfkit.api.schedule import known_schedule
from wfkit.api.simulation import Begun, Simulation
from wfkit.core import options as check
from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.core.schedules import OnFile, OnSuccess
from wfkit.engine.agenda import Agenda, Occasion, SeenFile
from wfkit.engine.clock import VirtualClock
from wfkit.engine.executors.choice import executor_name
from wfkit.engine.faults import Fault, Faults
from wfkit.engine.scheduler import FilesArrived, RunEnded, Scheduler, Served
from wfkit.engine.store import MemoryStore

Moment = str | date
Span = tuple[datetime, datetime]
_DAYS = 30
_BLINK = 0.05
_MOST_DAYS = 100 * 366


@dataclass(frozen=True, kw_only=True)
class SimulationRequest:
    """What was asked for; `Dag.simulate` documents each."""

    start: Moment | None = None
    end: Moment | None = None
    days: int | None = None
    faults: str | Sequence[str | Fault] = ()
    arrivals: Arrivals | None = None
    outage: str | Sequence[Moment] | None = None
    seed: int = 0
    others: Iterable[DeclaredDag] = ()


def simulate(dag: DeclaredDag, asked: SimulationRequest, progress: Progress) -> Simulation:
    """Play the schedule of `dag`; a failed run is part of the story and not raised.

    `progress` is called with the count of days that are over, and of all.
    """
    dags = with_those_before(dag, asked.others)
    span, outage = _span(dag, asked), _outage(dag, asked)
    play = _Play(span, outage, arriving(dags, asked.arrivals))
    seed = check.count("seed", asked.seed, 0, 2**63)
    for it in dags:
        # What is broken on purpose is a task of the Dag that was asked for.
        faults = known_faults(asked.faults, seed, dag.graph) if it is dag else Faults()
        play.add(it, seed, faults)
    play.run(progress)
    return Simulation(dag, *span, play.runs[dag.name], outage)


def with_those_before(dag: DeclaredDag, others: Iterable[DeclaredDag]) -> list[DeclaredDag]:
    """Return `dag` and, before it, the Dags whose success brings it about.

    Raises InvalidOption for a Dag without a schedule, and for one that is not there.
    """
    known = {it.name: it for it in (*others, dag)}
    found: list[DeclaredDag] = []
    wanted: DeclaredDag | None = dag
    while wanted:
        if wanted in found:
            before = [it.name for it in found[: found.index(wanted) + 1]]
            circle = " → ".join([wanted.name, *before])
            raise InvalidOption(
                f"these Dags wait for each other in a circle: {circle}.\n"
                "Give one of them a schedule by the clock."
            )
        known_schedule(wanted)
        schedule = wanted.options.schedule
        found.insert(0, wanted)
        wanted = _before(schedule, known) if isinstance(schedule, OnSuccess) else None
    return found


def _before(schedule: OnSuccess, known: dict[str, DeclaredDag]) -> DeclaredDag:
    if schedule.dag not in known:
        raise InvalidOption(
            f"schedule={check.shown(str(schedule))}: no Dag of that name is here."
            f"{did_you_mean(schedule.dag, known)}\nDeclare it first, or pass it: others=[...]"
        )
    return known[schedule.dag]


def _span(dag: DeclaredDag, asked: SimulationRequest) -> Span:
    options, where = dag.options, zone(dag.options.timezone)
    if asked.end is not None and asked.days is not None:
        raise InvalidOption("end and days exclude each other.\nGive one of them.")
    begin = options.start_date if asked.start is None else moment("start", asked.start, where)
    if begin is None:
        raise InvalidOption(
            f"{dag.name} has no start_date, so a simulation needs a start.\n"
            'Write start="1997-01-01", or give the Dag a start_date.'
        )
    if asked.end is not None:
        end = moment("end", asked.end, where)
    else:
        days = _DAYS if asked.days is None else check.count("days", asked.days, 1, _MOST_DAYS)
        end = begin + timedelta(days=days)
    return _in_order("start", begin, "end", end)


def _outage(dag: DeclaredDag, asked: SimulationRequest) -> Span | None:
    if asked.outage is None:
        return None
    parts: object = asked.outage.split(",") if isinstance(asked.outage, str) else asked.outage
    if not isinstance(parts, Sequence) or len(parts) != 2:
        raise InvalidOption(
            f"outage={check.shown(asked.outage)} is not possible: it is a begin and an end.\n"
            'Write outage=("1997-01-10", "1997-01-14").'
        )
    begin, end = (moment("outage", it, zone(dag.options.timezone)) for it in parts)
    return _in_order("outage's begin", begin, "its end", end)


def _in_order(first: str, begin: datetime, second: str, end: datetime) -> Span:
    if utc(end) <= utc(begin):
        raise InvalidOption(
            f"{second} {end:%Y-%m-%d %H:%M} is not after {first} {begin:%Y-%m-%d %H:%M}."
        )
    return begin, end


def _days(time: timedelta) -> int:
    return -(-time // timedelta(days=1))


class _Play:
    """One simulation under way."""

    def __init__(self, span: Span, outage: Span | None, arrivals: Sequence[Arriving]) -> None:
        self.runs: dict[str, list[Begun]] = {}
        self._begin, self._end = map(utc, span)
        self._arrivals = arrivals
        self._clock = VirtualClock(self._begin)
        self._store = MemoryStore()
        away = (outage[0].timestamp(), outage[1].timestamp()) if outage else None
        self._scheduler = Scheduler(self._clock, away)
        self._playing: DagRun | None = None
        self._error: BaseException | None = None

    def add(self, dag: DeclaredDag, seed: int, faults: Faults) -> None:
        """Take part in the play."""
        timetable, graph = dag.options.timetable, dag.graph
        assert timetable is not None
        graph.check_complete()
        check_pools(graph, dag.options.pools)
        order = Order(
            dag=dag,
            graph=graph,
            executor=executor_name(dag.options.executor, self._clock),
            params=dag.options.params,
            seed=seed,
            faults=faults,
            store=self._store,
        )
        agenda = Agenda(
            timetable.intervals(self._begin),
            until=self._end,
            catchup=dag.options.catchup,
            max_active_runs=dag.options.max_active_runs,
            run_type="simulated",
        )
        self.runs[dag.name] = []
        self._scheduler.add(
            Served(dag.name, dag.options.schedule, agenda, partial(self._start, order))
        )
        if isinstance(dag.options.schedule, OnFile):
            self._plan_files(dag.name, dag.options.schedule)

    def _plan_files(self, dag: str, schedule: OnFile) -> None:
        files: dict[datetime, list[str]] = {}
        for it in self._arrivals:
            if it.fits(schedule.pattern):
                for when in it.between(self._begin, self._end):
                    files.setdefault(when, []).append(it.name)
        for when, names in sorted(files.items()):
            time = when.timestamp()
            seen = tuple(map(SeenFile, sorted(names)))
            self._scheduler.at(time, FilesArrived(dag, time, seen))

    def run(self, progress: Progress) -> None:
        """Play to the end on a thread of its own, so that the caller can be interrupted."""
        thread = threading.Thread(target=self._play, name="wfkit simulation", daemon=True)
        thread.start()
        try:
            while thread.is_alive():
                thread.join(_BLINK)
                progress(*(_days(it - self._begin) for it in (self._now(), self._end)))
        except BaseException:
            self._scheduler.stop()
            if self._playing:
                self._playing.cancel("interrupted")
            thread.join(0.5)
            raise
        if self._error:
            raise self._error

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self._clock.now(), UTC)

    def _play(self) -> None:
        try:
            self._scheduler.run()
        except BaseException as error:  # noqa: BLE001 - raised where somebody waits
            self._error = error

    def _start(self, order: Order, agenda: Agenda, occasion: Occasion) -> None:
        arrivals = {
            it.name: it.for_run(occasion.due)
            for it in self._arrivals
            if it.name in order.graph.tasks
        }
        begun = Begun(order, occasion, self._clock.now(), arrivals)
        self.runs[order.dag.name].append(begun)
        # Nothing can happen in a run without tasks, so it is made when somebody looks at it:
        # a year of them is played in a second.
        if order.graph.tasks:
            self._playing = begun.prepared()
            begun.play()
        ended = RunEnded(order.dag.name, begun.ended, begun.state, agenda)
        self._scheduler.at(begun.ended, ended)
