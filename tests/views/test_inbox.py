"""The inbox of alerts, as a picture and as text."""

from __future__ import annotations

from typing import Any

import pytest

from tests.views.samples import HOSTILE, SVG, parsed, texts, with_class
from wfkit.core.alerts import Alert, AlertKind, AlertState, Delivery
from wfkit.views.inbox import LOOKS, MOST, inbox_data, inbox_picture, inbox_text

RUN = "manual__1997-01-01T00:00:00+00:00"
COUNTS = "1 on its way, 1 sent, 1 in a digest, 1 not sent, 1 recorded only"


def alert(kind: str = "failure", number: int = 1, **changes: Any) -> Alert:
    made = Alert(kind, "sales", RUN, None, -1, 0.0, f"sales: {kind} {number}", "why\n  and how", "")
    return made._replace(key=f"{kind}:{number}", **changes)


FOUND = [
    Delivery(alert("retry"), "mailto://mail.example.com (a@example.com)", AlertState.SENT),
    Delivery(alert(), "mailto://mail.example.com (a@example.com)", AlertState.IN_DIGEST),
    Delivery(alert(), "slack://***", AlertState.FAILED, "no connection: Connection refused"),
    Delivery(alert("recovered"), "tell()", AlertState.RECORDED),
    Delivery(alert("deadline"), "tell()", AlertState.PENDING),
]


def test_the_text_says_what_became_of_each_alert() -> None:
    assert inbox_text("sales", FOUND).splitlines() == [
        f"Alerts of sales, oldest first: {COUNTS}",
        "↻ retry: sales: retry 1",
        f"    in {RUN}",
        "    sent to mailto://mail.example.com (a@example.com)",
        "✘ failure: sales: failure 1",
        f"    in {RUN}",
        "    in a digest to mailto://mail.example.com (a@example.com)",
        "    not sent to slack://***: no connection: Connection refused",
        "✔ recovered: sales: recovered 1",
        f"    in {RUN}",
        "    recorded only, for tell()",
        "◷ deadline: sales: deadline 1",
        f"    in {RUN}",
        "    on its way to tell()",
    ]


def test_without_alerts_there_is_no_picture() -> None:
    picture = inbox_picture("sales", [])
    assert (repr(picture), picture.svg) == ("no alerts of sales yet", None)


def test_the_picture_has_a_card_for_each_alert() -> None:
    picture = inbox_picture("sales", FOUND)
    root = parsed(picture.svg)
    cards = list(with_class(root, "alert"))
    assert [it.get("data-kind") for it in cards] == ["retry", "failure", "recovered", "deadline"]
    assert picture.text == inbox_text("sales", FOUND)
    shown = texts(root)
    for text in ("sales: failure 1", RUN, "failure", "recorded only, for tell()"):
        assert text in shown
    assert "✘ not sent to slack://***: no connection: Connection refused" in shown
    titles = [it.findtext(f"{SVG}title") for it in cards]
    assert titles[1] == "sales: failure 1\nwhy\n  and how"


def test_each_alert_tells_all_that_it_says_when_touched() -> None:
    data = inbox_data("sales", FOUND)
    root = parsed(data["svg"])
    places = [it.get("data-at") for it in with_class(root, "alert")]
    assert places == [f"{column} {row}" for column, row, _ in data["spots"]]
    assert data["spots"][1].told[:3] == ["sales: failure 1", "why", "  and how"]
    assert "not sent to slack://***: no connection: Connection refused" in data["spots"][1].told


def test_every_kind_is_told_by_word_and_shape() -> None:
    assert set(LOOKS) == set(AlertKind)
    assert len({(look.word, look.icon) for look in LOOKS.values()}) == len(LOOKS)


def test_of_very_many_alerts_the_newest_are_drawn() -> None:
    many = [Delivery(alert(number=i), "tell()", AlertState.SENT) for i in range(MOST + 5)]
    root = parsed(inbox_picture("sales", many).svg)
    cards = list(with_class(root, "alert"))
    assert len(cards) == MOST
    assert f"sales: failure {MOST + 4}" in texts(root)
    assert "sales: failure 0" not in texts(root)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_shown_as_text(text: str) -> None:
    nasty = alert(subject=text, body=text, run_id=text, dag=text)
    picture = inbox_picture(text, [Delivery(nasty, text, AlertState.FAILED, text)])
    root = parsed(picture.svg)
    assert {it.tag.removeprefix(SVG) for it in root.iter()} <= {
        *("svg", "title", "desc", "g", "rect", "text", "circle", "path"),
    }
    assert not [name for it in root.iter() for name in it.attrib if name.startswith("on")]
    assert all(line.isprintable() for line in picture.text.splitlines())
