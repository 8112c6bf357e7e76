from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest

import wfkit.notebook
from wfkit.core.states import TaskState
from wfkit.notebook import blocks
from wfkit.views.style import state_table

STATIC = Path(wfkit.notebook.__file__).parent / "static"
MODULES = sorted(it.stem for it in STATIC.glob("*.js"))
WIDGETS = [it for it in MODULES if "export function render(" in (STATIC / f"{it}.js").read_text()]
NAMED = re.compile(r"^(?:async function|function|const|let|class) (\w+)", re.MULTILINE)


def test_a_widget_is_composed_of_what_it_imports_each_once() -> None:
    assert "run" in WIDGETS
    for name in WIDGETS:
        found = blocks.modules(name)
        assert found[-1] == name
        assert "dom" in found
        assert len(set(found)) == len(found)


@pytest.mark.parametrize("name", WIDGETS)
def test_a_composed_script_is_one_module_with_one_export(name: str) -> None:
    text = blocks.script(name)
    assert re.findall(r"^(?:import|export)\b.*", text, re.MULTILINE) == [
        "export default { render };"
    ]
    doubles = [it for it, number in Counter(NAMED.findall(text)).items() if number > 1]
    assert doubles == [], "two blocks use the same name"


@pytest.mark.parametrize("name", MODULES)
def test_every_module_belongs_to_a_widget(name: str) -> None:
    assert any(name in blocks.modules(widget) for widget in WIDGETS)


@pytest.mark.parametrize("name", MODULES)
def test_no_text_is_read_as_html(name: str) -> None:
    text = (STATIC / f"{name}.js").read_text("utf-8")
    assert not re.search(r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(", text)
    assert not re.search(r"https?://(?!www\.w3\.org)", text)


def test_modules_use_the_looks_that_there_are() -> None:
    text = "".join((STATIC / f"{it}.js").read_text("utf-8") for it in MODULES)
    used = set(re.findall(r"\blook\.(\w+)", text))
    assert used <= set(state_table()[TaskState.NONE.value])
    assert {"word", "glyph", "icon"} <= used, "no state by colour alone"


@pytest.mark.parametrize("name", WIDGETS)
def test_a_style_sheet_is_accessible_and_needs_no_network(name: str) -> None:
    style = blocks.style(name)
    assert "prefers-reduced-motion" in style
    assert ":focus-visible" in style
    assert 'body[data-jp-theme-light="false"] .wfkit-frame' in style
    assert not re.search(r"https?://|@import|url\(", style)
    used, known = (
        set(re.findall(r"var\((--wf-[\w-]+)", style)),
        re.findall(r"(--wf-[\w-]+):", style),
    )
    assert used <= set(known)


@pytest.mark.parametrize("name", WIDGETS)
def test_colours_come_from_the_palette_alone(name: str) -> None:
    for sheet in {"frame.css", f"{name}.css"}:
        path = STATIC / sheet
        own = path.read_text("utf-8") if path.exists() else ""
        assert not re.search(r"#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(", own)
