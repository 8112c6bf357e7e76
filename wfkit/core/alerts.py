"""What was told to whom? The facts about alerts, and how each of them stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from enum import StrEnum
from typing import Any, NamedTuple


class AlertKind(StrEnum):
    """What an alert is about."""

    FAILURE = "failure"
    RETRY = "retry"
    DEADLINE = "deadline"
    RECOVERED = "recovered"
    SUCCESS = "success"


class AlertState(StrEnum):
    """How it stands with an alert for one receiver."""

    PENDING = "pending"
    SENT = "sent"
    IN_DIGEST = "in digest"
    FAILED = "failed"
    RECORDED = "recorded"


class AlertFact(NamedTuple):
    """Something that happened with an alert; JSON-able, never changed.

    `alert` names it within its run. `type` is "raised", with the `detail` of what it says, or the
    AlertState that it then got for the receiver `to`. `time` is in seconds since 1970 (UTC).
    """

    run_id: str
    alert: str
    time: float
    type: str
    to: str = ""
    detail: Mapping[str, Any] | None = None


class Alert(NamedTuple):
    """Something that people are told about a run.

    `kind` is failure, retry, deadline, recovered or success. `task` is None where it is about the
    run as a whole. `time` is in seconds since 1970 (UTC), on the clock of the run.
    """

    kind: str
    dag: str
    run_id: str
    task: str | None
    map_index: int
    time: float
    subject: str
    body: str
    key: str = ""


class Delivery(NamedTuple):
    """One alert for one receiver; `note` says why it was not sent, or what it was sent with."""

    alert: Alert
    to: str
    state: AlertState
    note: str = ""


RAISED = "raised"


def raised(alert: Alert, receivers: Iterable[str], process: str = "") -> AlertFact:
    """Return the fact that an alert came up, for these receivers; `process` is to send it."""
    detail = {
        "dag": alert.dag,
        "kind": alert.kind,
        "task": alert.task,
        "map_index": alert.map_index,
        "subject": alert.subject,
        "body": alert.body,
        "to": list(receivers),
        **({"process": process} if process else {}),
    }
    return AlertFact(alert.run_id, alert.key, alert.time, RAISED, detail=detail)


def deliveries(facts: Iterable[AlertFact]) -> list[Delivery]:
    """Return how each alert stands for each of its receivers, in the order in which they came up.

    >>> alert = Alert("failure", "sales", "r", None, -1, 0.0, "sales failed", "why", "failure:9")
    >>> sent = AlertFact("r", "failure:9", 1.0, "sent", "mailto://a")
    >>> [(it.to, it.state.value) for it in deliveries([raised(alert, ["mailto://a", "b"]), sent])]
    [('mailto://a', 'sent'), ('b', 'pending')]
    """
    found: dict[tuple[str, str, str], Delivery] = {}
    for fact in facts:
        if fact.type == RAISED:
            alert = _alert(fact)
            for to in (fact.detail or {}).get("to", ()):
                found.setdefault(
                    (fact.run_id, fact.alert, to), Delivery(alert, to, AlertState.PENDING)
                )
            continue
        key = (fact.run_id, fact.alert, fact.to)
        if key in found:
            note = str((fact.detail or {}).get("note", ""))
            found[key] = found[key]._replace(state=AlertState(fact.type), note=note)
    return list(found.values())


def newest(found: Iterable[Delivery], most: int) -> list[Delivery]:
    """Return the last alerts, so many at most, each with all its receivers.

    >>> alert = Alert("failure", "sales", "r", None, -1, 0.0, "sales failed", "why", "failure:9")
    >>> last = alert._replace(run_id="s")
    >>> told = deliveries([raised(it, ["mailto://a", "b"]) for it in (alert, last)])
    >>> [(it.alert.run_id, it.to) for it in newest(told, 1)]
    [('s', 'mailto://a'), ('s', 'b')]
    """
    alerts: dict[tuple[str, str], list[Delivery]] = {}
    for it in found:
        alerts.setdefault((it.alert.run_id, it.alert.key), []).append(it)
    return [it for its in list(alerts.values())[-most:] for it in its]


def _alert(fact: AlertFact) -> Alert:
    detail = fact.detail or {}
    return Alert(
        detail["kind"],
        detail["dag"],
        fact.run_id,
        detail["task"],
        detail["map_index"],
        fact.time,
        detail["subject"],
        detail["body"],
        fact.alert,
    )
