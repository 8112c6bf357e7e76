import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.views.samples import HOSTILE
from wfkit.views.wording import (
    columns,
    cut,
    first_line,
    padded,
    shortened,
    visible,
    wrapped,
    xml,
)

ANY_TEXT = st.text(st.characters(codec=None), max_size=60)


@given(ANY_TEXT)
def test_any_text_becomes_well_formed_xml(text: str) -> None:
    root = ET.fromstring(f'<a b="{xml(text)}">{xml(text)}</a>')
    assert (root.text or "") == visible(text)
    assert root.get("b") == visible(text)


@given(ANY_TEXT)
def test_visible_text_has_no_hidden_characters(text: str) -> None:
    assert visible(text).isprintable()
    assert visible(visible(text)) == visible(text)


@given(ANY_TEXT, st.integers(4, 20))
def test_shortened_text_fits(text: str, most: int) -> None:
    shown = visible(text)
    for short in (cut(shown, most), shortened(shown, most)):
        assert columns(short) <= most
        assert short == shown or "…" in short


@given(ANY_TEXT, st.integers(4, 20), st.integers(1, 4))
def test_wrapped_text_fits_and_loses_only_spaces(text: str, most: int, lines: int) -> None:
    shown = visible(text)
    found = wrapped(shown, most, lines)
    assert len(found) <= lines
    assert all(columns(line) <= most for line in found)
    whole = "".join(found).replace(" ", "")
    assert shown.replace(" ", "").startswith(whole.removesuffix("…"))


def test_a_word_longer_than_a_line_is_broken() -> None:
    assert wrapped("x" * 10, 4, 3) == ["xxxx", "xxxx", "xx"]


def test_shortened_names_keep_both_ends() -> None:
    assert shortened("revenue_of_january_1997", 15) == "revenue_o…_1997"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_on_one_line(text: str) -> None:
    assert len(first_line(text).splitlines()) == 1


def test_first_line_of_a_very_long_text_is_quick_and_short() -> None:
    assert first_line("x" * 10_000_000) == "x" * 159 + "…"
    assert first_line(" \n \n") == ""


def test_padding_counts_wide_characters_twice() -> None:
    assert padded("注", 4) == "注  "
    assert columns("e\u0301") == 1
