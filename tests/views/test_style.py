import pytest

from wfkit.core.states import Outcome, RunState, TaskState
from wfkit.views import style
from wfkit.views.style import OUTCOME_LOOKS, RUN_LOOKS, TASK_LOOKS, Look

LOOKS = [*TASK_LOOKS.values(), *OUTCOME_LOOKS.values()]


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_state_and_outcome_has_a_look() -> None:
    assert set(TASK_LOOKS) == set(TaskState)
    assert set(RUN_LOOKS) == set(RunState)
    assert set(OUTCOME_LOOKS) == set(Outcome)


@pytest.mark.parametrize("looks", [TASK_LOOKS, RUN_LOOKS, OUTCOME_LOOKS])
def test_looks_differ_without_colour(looks: dict[str, Look]) -> None:
    for part in ("glyph", "word", "icon"):
        shown = [getattr(look, part) for look in looks.values()]
        assert len(set(shown)) == len(shown), part


def test_states_that_end_badly_differ_from_success_in_their_border() -> None:
    good = TASK_LOOKS[TaskState.SUCCESS]
    for state in (TaskState.FAILED, TaskState.SKIPPED, TaskState.UPSTREAM_FAILED):
        look = TASK_LOOKS[state]
        assert (look.dash, look.weight) != (good.dash, good.weight)


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.word)
def test_words_on_cards_are_readable(look: Look) -> None:
    assert contrast(look.ink, look.fill) >= 4.5
    assert contrast(look.ink, style.PAPER) >= 4.5
    assert contrast(style.INK, look.fill) >= 4.5


@pytest.mark.parametrize("look", LOOKS, ids=lambda look: look.word)
def test_signs_and_borders_stand_out(look: Look) -> None:
    assert contrast(look.stroke, "#ffffff") >= 3
    assert contrast(look.stroke, look.fill) >= 3


@pytest.mark.parametrize("paper", [style.PAPER, style.CARD, style.FRAME])
def test_plain_text_is_readable(paper: str) -> None:
    assert contrast(style.INK, paper) >= 4.5
    assert contrast(style.SOFT_INK, paper) >= 4.5
    assert contrast(style.LINE, paper) >= 3
    assert contrast(style.ACCENT, paper) >= 3


def test_glyphs_are_single_characters_of_one_column() -> None:
    assert all(len(look.glyph) == 1 for look in LOOKS)
    assert not any(look.glyph >= "\U00010000" for look in LOOKS)


def test_state_table_is_plain_data_for_every_state() -> None:
    table = style.state_table()
    assert set(table) == {state.value for state in TaskState}
    assert {"glyph", "word", "fill", "stroke", "ink"} <= set(table["failed"])
