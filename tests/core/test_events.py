"""Events are flat, frozen and JSON-able."""

import json
from datetime import UTC, datetime

import pytest

from wfkit.core.events import Event, EventType

EVENT = Event(
    3,
    30.5,
    EventType.TASK_STATE.value,
    "manual__1997-01-01",
    "orders",
    -1,
    2,
    "running",
    "success",
    {"outcome": "returned"},
)


def test_event_tells_its_moment_in_utc() -> None:
    assert EVENT.at == datetime(1970, 1, 1, 0, 0, 30, 500_000, tzinfo=UTC)
    assert EVENT.at.tzinfo is UTC


def test_event_as_plain_data_survives_json() -> None:
    plain = EVENT.to_dict()
    assert json.loads(json.dumps(plain)) == plain
    assert plain == {
        "seq": 3,
        "at": "1970-01-01T00:00:30.500000+00:00",
        "type": "task_state",
        "run_id": "manual__1997-01-01",
        "task": "orders",
        "map_index": -1,
        "attempt": 2,
        "from_state": "running",
        "to_state": "success",
        "detail": {"outcome": "returned"},
    }


def test_event_cannot_be_changed() -> None:
    with pytest.raises(AttributeError):
        EVENT.seq = 4  # type: ignore[misc]
