"""What does a history tell about the schedule of a Dag? What ran, what was cut off, which files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from functools import cached_property
from typing import Any

from wfkit.core.events import Event
from wfkit.core.recovery import was_cut_off
from wfkit.core.states import RunState
from wfkit.engine.agenda import Occasion, SeenFile
from wfkit.engine.store import Store
from wfkit.engine.timetable import Interval

_BY_SCHEDULE = ("scheduled", "catchup")
_LOOKED_BACK = 100


class Past:
    """The runs of one Dag that have begun, as its schedule sees them."""

    def __init__(self, store: Store, dag: str) -> None:
        self._store, self._dag = store, dag

    @cached_property
    def _starts(self) -> list[Event]:
        return self._store.starts(self._dag)

    @property
    def dates(self) -> frozenset[datetime]:
        """The logical dates (UTC) that have a run."""
        return frozenset(_utc((it.detail or {})["logical_date"]) for it in self._starts)

    @property
    def files(self) -> list[SeenFile]:
        """The files that runs were for."""
        return [
            SeenFile(*file) for it in self._starts for file in (it.detail or {}).get("files", ())
        ]

    def newest_date(self, now: datetime) -> datetime | None:
        """Return the newest date up to `now` that the schedule brought, None where it never did."""
        dates = (_utc(it["logical_date"]) for it in self._by_schedule)
        return max((date for date in dates if date <= now), default=None)

    def end_of_other(self, schedule: str) -> datetime | None:
        """Return until when runs of another schedule than this reach, None if there are none."""
        others = (it for it in self._by_schedule if it.get("schedule", schedule) != schedule)
        return max((_utc(it["data_interval"][1]) for it in others), default=None)

    @property
    def _by_schedule(self) -> Iterator[Mapping[str, Any]]:
        details = (it.detail or {} for it in self._starts)
        return (it for it in details if it["run_type"] in _BY_SCHEDULE)

    def cut_off(self) -> Iterator[Occasion]:
        """Yield the runs that began on schedule and ended because their scheduler did."""
        newest = self._store.runs(self._dag, _LOOKED_BACK)
        ended = {it.run_id for it in newest if it.state in (RunState.FAILED, RunState.CANCELLED)}
        for start in self._starts:
            detail = start.detail or {}
            if start.run_id not in ended or detail["run_type"] not in _BY_SCHEDULE:
                continue
            if was_cut_off(self._store.events(self._dag, start.run_id)):
                interval = Interval(*map(_utc, detail["data_interval"]))
                run_type, run_id = detail["run_type"], start.run_id
                yield Occasion(run_type, interval, interval.end, resumes=run_id)


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)
