from __future__ import annotations

import re

import pytest

from tests.views.test_style import contrast
from wfkit.core.states import Outcome, TaskState
from wfkit.views import style
from wfkit.views.palette import (
    DARK,
    DARK_OUTCOMES,
    DARK_PAGE,
    DARK_PAPER,
    DARK_STATES,
    LIGHT,
    Shades,
    palette_css,
    picture_css,
)
from wfkit.views.style import OUTCOME_LOOKS, TASK_LOOKS

ALL = [*DARK_STATES.values(), *DARK_OUTCOMES.values()]


@pytest.mark.parametrize("page", [DARK_PAGE, DARK_PAPER])
@pytest.mark.parametrize("shades", ALL, ids=lambda it: it.stroke)
def test_states_are_readable_on_dark_pages(shades: Shades, page: str) -> None:
    assert contrast(shades.ink, shades.fill) >= 4.5
    assert contrast(shades.ink, page) >= 4.5
    assert contrast(DARK["ink"], shades.fill) >= 4.5
    assert contrast(shades.stroke, page) >= 3
    assert contrast(shades.stroke, shades.fill) >= 3
    assert contrast(shades.stroke, DARK["sign"]) >= 3


@pytest.mark.parametrize("paper", [DARK_PAGE, DARK_PAPER, DARK["card"], DARK["frame"]])
def test_plain_text_is_readable_on_dark_pages(paper: str) -> None:
    assert contrast(DARK["ink"], paper) >= 4.5
    assert contrast(DARK["soft"], paper) >= 4.5
    assert contrast(DARK["line"], paper) >= 3
    assert contrast(DARK["accent"], paper) >= 3


def test_each_colour_has_a_light_and_a_dark_value() -> None:
    assert set(LIGHT) == set(DARK)
    assert set(DARK_STATES) == set(TaskState)
    assert set(DARK_OUTCOMES) == set(Outcome)


def test_the_style_sheet_has_a_rule_for_each_state_on_each_page() -> None:
    css = palette_css(".root")
    for name, value in [
        *(("state", it.value) for it in TaskState),
        *(("outcome", it.value) for it in Outcome),
    ]:
        at = f'.root [data-{name}="{value}"]'
        assert f"\n{at} {{ --fill:" in css
        assert f'body[data-jp-theme-light="false"] {at}' in css
    assert css.count("{") == css.count("}")
    assert not re.search(r"None|\{\w", css)


def test_a_drawing_has_dark_shades_on_a_dark_page_for_every_colour_of_its_own() -> None:
    css = picture_css(".x")
    colours = {it for look in (*TASK_LOOKS.values(), *OUTCOME_LOOKS.values()) for it in look[2:5]}
    neutral = {style.INK, style.SOFT_INK, style.LINE, style.FAINT, style.FRAME, style.ACCENT}
    for colour in colours | neutral | {style.CARD, style.FRAME_EDGE, style.PAPER, "#fff"}:
        assert f'.x [fill="{colour}"] {{ fill: ' in css
        assert f'.x [stroke="{colour}"] {{ stroke: ' in css
    failed, dark = TASK_LOOKS[TaskState.FAILED], DARK_STATES[TaskState.FAILED]
    assert f'.x [fill="{failed.fill}"] {{ fill: {dark.fill}; }}' in css
    assert all(line.startswith("body") for line in css.splitlines())
