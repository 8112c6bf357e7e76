"""Which colours and sizes do all widgets share? The looks of the pictures, as CSS variables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

from wfkit.core.states import Outcome, TaskState
from wfkit.views import style
from wfkit.views.style import OUTCOME_LOOKS, TASK_LOOKS, Look


class Shades(NamedTuple):
    """The three colours of a state: of its card, of border and sign, of the words on the card."""

    fill: str
    stroke: str
    ink: str


DARK_PAGE = "#111318"
"""The darkest page that the dark shades are made for; `DARK_PAPER` is the lightest."""

DARK_PAPER = "#212121"
DARK_SIGN = "#10141c"
"""What is drawn in white on the sign of a light page is this dark on a bright one."""

LIGHT: Mapping[str, str] = {
    "paper": f"var(--jp-layout-color1, {style.PAPER})",
    "edge": f"var(--jp-border-color2, {style.PAPER_EDGE})",
    "card": style.CARD,
    "ink": style.INK,
    "soft": style.SOFT_INK,
    "line": style.LINE,
    "faint": style.FAINT,
    "frame": style.FRAME,
    "frame-edge": style.FRAME_EDGE,
    "accent": style.ACCENT,
    "ghost": style.GHOST_LINE,
    "sign": "#ffffff",
}
DARK: Mapping[str, str] = {
    "paper": f"var(--jp-layout-color1, {DARK_PAPER})",
    "edge": "var(--jp-border-color2, #424242)",
    "card": "#1a1e26",
    "ink": "#eceff5",
    "soft": "#aeb8c9",
    "line": "#8b97ae",
    "faint": "#353c49",
    "frame": "#191d25",
    "frame-edge": "#485163",
    "accent": "#8fb4ff",
    "ghost": "#e0a43a",
    "sign": DARK_SIGN,
}

_S, _O = TaskState, Outcome
DARK_STATES: Mapping[TaskState, Shades] = {
    _S.NONE: Shades("#1c2027", "#8d97a8", "#b7c0cf"),
    _S.SCHEDULED: Shades("#1d232f", "#93a3bf", "#bccae2"),
    _S.QUEUED: Shades("#1f2443", "#93a5f5", "#c0caff"),
    _S.RUNNING: Shades("#10294a", "#58a6ff", "#a9d1ff"),
    _S.UP_FOR_RETRY: Shades("#38290c", "#e0a43a", "#ffd58a"),
    _S.UP_FOR_RESCHEDULE: Shades("#2b1f40", "#b592ee", "#d9c4ff"),
    _S.SUCCESS: Shades("#0f2f25", "#45bd8c", "#93e2bf"),
    _S.FAILED: Shades("#401a18", "#f2776d", "#ffb3ab"),
    _S.UPSTREAM_FAILED: Shades("#3a2116", "#e58a5b", "#ffc09f"),
    _S.SKIPPED: Shades("#1f232a", "#949eaf", "#bdc6d4"),
    _S.CANCELLED: Shades("#2b3039", "#a9b3c4", "#d0d8e4"),
}
DARK_OUTCOMES: Mapping[Outcome, Shades] = {
    _O.RETURNED: DARK_STATES[_S.SUCCESS],
    _O.RAISED: DARK_STATES[_S.FAILED],
    _O.TIMED_OUT: Shades("#3d1629", "#ee7fb4", "#ffb9d8"),
    _O.SKIPPED: DARK_STATES[_S.SKIPPED],
    _O.CANCELLED: DARK_STATES[_S.CANCELLED],
    _O.CACHED: Shades("#0f2e34", "#4fb9ca", "#9fe0ea"),
    _O.LOST: Shades("#332810", "#cfa548", "#f0cf88"),
}

_DARK_PAGES = (
    'body[data-jp-theme-light="false"]',
    "body.vscode-dark",
    "body.vscode-high-contrast:not(.vscode-high-contrast-light)",
)


def palette_css(root: str = ".wfkit-frame") -> str:
    """Return the variables of a widget whose outermost element `root` selects.

    Neutral colours are `--wf-ink` and so on. Inside `[data-state]` and `[data-outcome]` there are
    `--fill --stroke --ink --dash --weight`, those of the innermost one. A dark page (JupyterLab's
    attribute, VS Code's class) changes the colours and nothing else.
    """
    light = [_rule(f"{root} {at}", _look(look)) for at, look in _every_look()]
    dark = [
        _rule(_each(_DARK_PAGES, f"{root} {at}"), shades._asdict()) for at, shades in _every_dark()
    ]
    return neutral_css(root) + "\n".join([*light, *dark]) + "\n"


def picture_css(root: str) -> str:
    """Return rules for a dark page that give drawings inside `root` the dark shades.

    A drawing has its colours in attributes: each of them is found there, and made another one.
    """
    rules = []
    for light, dark in _shades().items():
        for name in ("fill", "stroke"):
            at = _each(_DARK_PAGES, f'{root} [{name}="{light}"]')
            rules.append(f"{at} {{ {name}: {dark}; }}")
    return "\n".join(rules) + "\n"


def _shades() -> Mapping[str, str]:
    """Return for each colour of a drawing the one that it has on a dark page."""
    found = {"#fff": DARK_SIGN, style.PAPER: "none", style.PAPER_EDGE: "none"}
    tasks = [(look, DARK_STATES[it]) for it, look in TASK_LOOKS.items()]
    outcomes = [(look, DARK_OUTCOMES[it]) for it, look in OUTCOME_LOOKS.items()]
    for look, dark in [*tasks, *outcomes]:
        found |= {look.fill: dark.fill, look.stroke: dark.stroke, look.ink: dark.ink}
    plain = [it for it in LIGHT.items() if it[1].startswith("#")]
    return found | {light: DARK[name] for name, light in plain if name != "sign"}


def neutral_css(root: str) -> str:
    """Return the variables without those of states, for what shows none."""
    sizes = {
        "title": f"{style.TITLE_SIZE}px",
        "text": f"{style.NAME_SIZE}px",
        "small": f"{style.SMALL_SIZE}px",
        "sans": f"var(--jp-ui-font-family, {style.SANS})",
        "mono": f"var(--jp-code-font-family, {style.MONO})",
    }
    light = _rule(root, _named({**sizes, **LIGHT}))
    return f"{light}\n{_rule(_each(_DARK_PAGES, root), _named(DARK))}\n"


def _every_look() -> Iterable[tuple[str, Look]]:
    yield from ((f'[data-state="{it.value}"]', look) for it, look in TASK_LOOKS.items())
    yield from ((f'[data-outcome="{it.value}"]', look) for it, look in OUTCOME_LOOKS.items())


def _every_dark() -> Iterable[tuple[str, Shades]]:
    yield from ((f'[data-state="{it.value}"]', shades) for it, shades in DARK_STATES.items())
    yield from ((f'[data-outcome="{it.value}"]', shades) for it, shades in DARK_OUTCOMES.items())


def _look(look: Look) -> dict[str, str]:
    dash = look.dash or "none"
    shades = {"fill": look.fill, "stroke": look.stroke, "ink": look.ink}
    return {**shades, "dash": dash, "weight": f"{look.weight:g}"}


def _named(values: Mapping[str, str]) -> dict[str, str]:
    return {f"wf-{name}": value for name, value in values.items()}


def _each(pages: Iterable[str], selector: str) -> str:
    return ", ".join(f"{page} {selector}" for page in pages)


def _rule(selector: str, variables: Mapping[str, str]) -> str:
    inside = " ".join(f"--{name}: {value};" for name, value in variables.items())
    return f"{selector} {{ {inside} }}"
