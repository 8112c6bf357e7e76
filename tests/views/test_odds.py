"""The picture of odds, and its text twin."""

from tests.views.samples import HOSTILE, parsed, texts, with_class
from wfkit.core.odds import Nights, Odds, chance_of
from wfkit.views.odds import chance_words, odds_picture, odds_text

PLAIN = Nights("nightly_sales", 1_000)
LATE = Nights("nightly_sales", 1_000, "06:00", 6 * 3_600.0)
ONE = Odds("as it is", chance_of(900, 1_000), None, 2.25, [10.0] * 890 + [7_200.0] * 10)
BY_SIX = ONE._replace(on_time=chance_of(890, 1_000))


def test_the_text_is_a_table() -> None:
    assert odds_text(PLAIN, [ONE]) == (
        "Odds of nightly_sales over 1,000 nights\n"
        "  variant   success             attempts  50% by  90% by  99% by\n"
        "  as it is  90.0 % (88.0–91.7)  2.2       10 s    10 s    2 h"
    )


def test_the_promise_gets_a_column_of_its_own() -> None:
    lines = odds_text(LATE, [BY_SIX]).splitlines()
    at = lines[1].index("ready by 06:00")
    assert lines[2][at:].startswith("89.0 % (86.9–90.8)")
    assert "ready within 12 min" in odds_text(LATE._replace(time_of_day="", due=720.0), [BY_SIX])


def test_a_variant_that_never_succeeds_has_no_end() -> None:
    never = Odds("as it is", chance_of(0, 1_000), chance_of(0, 1_000), 1.0, [])
    assert odds_text(LATE, [never]).endswith("1.0       –       –       –")
    assert list(with_class(parsed(odds_picture(LATE, [never]).svg), "nights")) == []


def test_recorded_durations_are_told() -> None:
    assert odds_text(PLAIN._replace(recorded=("load",)), [ONE]).endswith(
        "\n  (durations as recorded before: load)"
    )


def test_the_picture_says_all_that_the_text_says() -> None:
    picture = odds_picture(LATE, [BY_SIX, BY_SIX._replace(variant="orders.retries=3")])
    shown = texts(parsed(picture.svg))
    assert {"as it is", "orders.retries=3", "ready by 06:00", chance_words(ONE.success)} <= {*shown}
    assert picture.text in picture.svg.replace("&quot;", '"')  # type: ignore[union-attr]


def test_each_variant_has_its_marks_and_its_intervals() -> None:
    root = parsed(odds_picture(LATE, [BY_SIX, BY_SIX]).svg)
    assert len([*with_class(root, "interval")]) == 4
    assert len([*with_class(root, "success")]) == len([*with_class(root, "on-time")]) == 3


def test_a_promise_far_off_does_not_squash_the_axis() -> None:
    def has_line(due: float) -> bool:
        nights = LATE._replace(due=due)
        return bool([*with_class(parsed(odds_picture(nights, [BY_SIX]).svg), "due")])

    assert [has_line(due) for due in (5.0, 20_000.0, 200_000.0)] == [True, True, False]


def test_the_bars_count_every_night() -> None:
    row = ONE._replace(finishes=[0.0] * 5 + [100.0] * 5)
    boxes = [*with_class(parsed(odds_picture(PLAIN, [row]).svg), "nights")]
    assert len(boxes) == 2
    assert {box.get("height") for box in boxes} == {"34"}


def test_hostile_names_stay_text() -> None:
    for name in HOSTILE:
        picture = odds_picture(PLAIN._replace(dag=name), [ONE._replace(variant=name)])
        assert not list(parsed(picture.svg).iter("script"))
        assert "\x1b" not in picture.text
