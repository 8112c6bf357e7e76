"""How is a shape written as SVG? Every text is escaped here; no scripts, links or references."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import hypot
from typing import NamedTuple

from wfkit.views.style import (
    MONO,
    NAME_SIZE,
    PAPER,
    PAPER_EDGE,
    SANS,
    SMALL_SIZE,
    Look,
)
from wfkit.views.wording import columns, xml

MARGIN = 6
PADDING = 14
BADGE = 9.0
_MOST_DESCRIBED = 60
MONO_ADVANCE = 0.605
_SANS_ADVANCE = 0.6

Attribute = str | float | None


class Fragment(NamedTuple):
    """A piece of a drawing with its size in pixels; its corner is at (0, 0)."""

    width: float
    height: float
    body: str


class Box(NamedTuple):
    """The sides of a rectangle."""

    left: float
    top: float
    right: float
    bottom: float


def union(boxes: Sequence[Box]) -> Box:
    """Return the smallest box around all of `boxes`."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return Box(min(left), min(top), max(right), max(bottom))


def number(value: float) -> str:
    """Return a coordinate with at most one decimal.

    >>> number(12.0), number(0.25), number(-0.01)
    ('12', '0.2', '0')
    """
    text = f"{value:.1f}".removesuffix(".0")
    return "0" if text == "-0" else text


def element(tag: str, content: str | None = None, /, **attributes: Attribute) -> str:
    """Return an element; `content` is finished SVG, attribute values are escaped here.

    In names `_` stands for `-` and a trailing one is dropped; None leaves an attribute out.

    >>> element("text", "a", class_="x", font_size=11.0, fill=None)
    '<text class="x" font-size="11">a</text>'
    """
    parts = [tag]
    for name, value in attributes.items():
        if value is not None and value != "":
            text = xml(value) if isinstance(value, str) else number(value)
            parts.append(f'{name.rstrip("_").replace("_", "-")}="{text}"')
    inside = " ".join(parts)
    return f"<{inside}/>" if content is None else f"<{inside}>{content}</{tag}>"


def group(content: Iterable[str], **attributes: Attribute) -> str:
    """Return a group of finished shapes."""
    return element("g", "".join(content), **attributes)


def moved(content: str, x: float, y: float) -> str:
    """Return a finished shape at another place."""
    return element("g", content, transform=f"translate({number(x)} {number(y)})")


def title(text: str) -> str:
    """Return the name of the surrounding shape, which browsers show as a tooltip."""
    return element("title", "\n".join(xml(line) for line in text.split("\n")))


def words(text: str, x: float, y: float, **attributes: Attribute) -> str:
    """Return text in the document's small sans-serif font, unless `attributes` say otherwise."""
    return element("text", xml(text), x=x, y=y, **attributes)


def name_words(text: str, x: float, y: float, **attributes: Attribute) -> str:
    """Return the name of a task, in a fixed-width font."""
    return words(text, x, y, font_family=MONO, font_size=float(NAME_SIZE), **attributes)


def words_width(text: str, size: float = SMALL_SIZE) -> float:
    """Return the widest that `text` becomes in the sans-serif fonts, in pixels."""
    return columns(text) * size * _SANS_ADVANCE


def name_width(text: str) -> float:
    """Return the width of a task's name in pixels."""
    return columns(text) * NAME_SIZE * MONO_ADVANCE


def rectangle(x: float, y: float, width: float, height: float, **attributes: Attribute) -> str:
    """Return a rectangle."""
    return element("rect", x=x, y=y, width=width, height=height, **attributes)


def badge(look: Look, x: float, y: float, radius: float = BADGE) -> str:
    """Return the round sign of a state, its middle at (x, y)."""
    scale = radius / BADGE
    corner = f"translate({number(x - 8 * scale)} {number(y - 8 * scale)})"
    place = corner if scale == 1 else f"{corner} scale({scale:.2f})"
    disc = element("circle", class_="badge", cx=x, cy=y, r=radius, fill=look.stroke)
    return disc + element(
        "path",
        class_="icon",
        d=look.icon,
        transform=place,
        fill="none",
        stroke="#fff",
        stroke_width="1.9",
        stroke_linecap="round",
        stroke_linejoin="round",
    )


def curve(points: Sequence[tuple[float, float]], gap: float = 1.5, **attributes: Attribute) -> str:
    """Return a Bézier curve with an arrow head, which ends `gap` before its last point."""
    (cx, cy), (ex, ey) = points[-2:]
    length = hypot(ex - cx, ey - cy) or 1.0
    dx, dy = (ex - cx) / length, (ey - cy) / length
    tip = (ex - gap * dx, ey - gap * dy)
    shift = (-(gap + 5.5) * dx, -(gap + 5.5) * dy)
    bent = [*points[:-2], *((x + shift[0], y + shift[1]) for x, y in points[-2:])]
    line = element("path", d=_path(bent), fill="none", **attributes)
    back = (tip[0] - 8.5 * dx, tip[1] - 8.5 * dy)
    sides = [(back[0] + side * dy, back[1] - side * dx) for side in (4, -4)]
    head = "M" + "L".join(_pair(point) for point in (tip, *sides)) + "Z"
    return line + element("path", d=head, fill=attributes.get("stroke"))


def _path(points: Sequence[tuple[float, float]]) -> str:
    return f"M{_pair(points[0])}C" + " ".join(_pair(point) for point in points[1:])


def _pair(point: tuple[float, float]) -> str:
    return f"{number(point[0])},{number(point[1])}"


def stacked(fragments: Sequence[Fragment], gap: float) -> Fragment:
    """Return fragments one below the other."""
    body, y = [], 0.0
    for fragment in fragments:
        body.append(moved(fragment.body, 0, y))
        y += fragment.height + gap
    return Fragment(max(f.width for f in fragments), y - gap, "".join(body))


def document(fragment: Fragment, label: str, description: str, kind: str) -> str:
    """Return a whole SVG on a light card of its own, which also suits dark pages.

    `label` and `description` are what a screen reader says; `kind` is the CSS class.
    """
    edge = MARGIN + PADDING
    width, height = fragment.width + 2 * edge, fragment.height + 2 * edge
    paper = rectangle(
        MARGIN,
        MARGIN,
        width - 2 * MARGIN,
        height - 2 * MARGIN,
        rx=10,
        fill=PAPER,
        stroke=PAPER_EDGE,
        class_="paper",
    )
    lines = description.split("\n")
    if len(lines) > _MOST_DESCRIBED:
        lines = [*lines[:_MOST_DESCRIBED], "…"]
    return element(
        "svg",
        title(label)
        + element("desc", "\n".join(xml(line) for line in lines))
        + paper
        + moved(fragment.body, edge, edge),
        xmlns="http://www.w3.org/2000/svg",
        class_=f"wfkit {kind}",
        width=width,
        height=height,
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_label=label,
        font_family=SANS,
        font_size=float(SMALL_SIZE),
    )
