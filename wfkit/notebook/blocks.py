"""How is a widget put together? From the modules and the style sheets in `static/`.

A widget is one ES module there that exports `render({ model, el })`. What it imports from
its neighbours (`import { graph } from "./graph.js";`, one line each) are the building blocks:

| module         | is                                                                    |
|----------------|-----------------------------------------------------------------------|
| `dom.js`       | elements and shapes from plain text, signs of states, announcements   |
| `graph.js`     | the graph: states on cards, one of them picked, what hangs together   |
| `relations.js` | who waits for whom: what lights up, and the same in words             |
| `boundary.js`  | the boundary card of a task or group, with its tasks to press         |
| `timeline.js`  | attempts, waits and back-off gaps on a time axis with a cursor        |
| `log.js`       | lines of many tasks, the newest in sight                              |
| `transport.js` | buttons, speed, slider and keys that step and play                    |
| `picture.js`   | a drawing in the colours of the page                                  |
| `frames.js`    | a recorded run at any of its events                                   |

The comment on top of each says how it is used. `script("run")` is the widget `run` with all its
blocks as one text, which anywidget takes as `_esm`; `style("run")` its style sheet: the palette
(`views/palette.py`), `frame.css`, and those of its modules that have one. The outermost element
comes from `frame("wfkit-run", label, onKey, …)`: its class carries the palette, and the keys that
mean something to the widget stay inside.
"""

from __future__ import annotations

import re
from pathlib import Path

from wfkit.views.palette import neutral_css, palette_css, picture_css

_STATIC = Path(__file__).parent / "static"
_IMPORT = re.compile(r'^import \{[^}]*\} from "\./(\w+)\.js";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?=async function|function|const|class)", re.MULTILINE)


def modules(name: str) -> list[str]:
    """Return a module and all that it imports, each behind what it needs.

    >>> modules("graph")
    ['dom', 'graph']
    """
    found: list[str] = []
    for needed in _IMPORT.findall(_read(f"{name}.js")):
        found += [it for it in modules(needed) if it not in found]
    return [*found, name]


def body(name: str) -> str:
    """Return a module with its building blocks as one script that imports and exports nothing."""
    return "\n".join(_EXPORT.sub("", _IMPORT.sub("", _read(f"{it}.js"))) for it in modules(name))


def script(name: str) -> str:
    """Return a widget with its building blocks as one ES module, for anywidget."""
    return f"{body(name)}\nexport default {{ render }};\n"


def style(name: str) -> str:
    """Return the style sheet of a widget."""
    parts = modules(name)
    own = [f"{it}.css" for it in parts if (_STATIC / f"{it}.css").exists()]
    drawn = [picture_css(".wf-picture")] if "picture" in parts else []
    return "\n".join([palette_css(), *map(_read, ["frame.css", *own]), *drawn])


def still_style(root: str, *sheets: str) -> str:
    """Return the style sheet of something without a script and without states."""
    return "\n".join([neutral_css(root), *(_read(f"{it}.css") for it in sheets)])


def _read(file: str) -> str:
    return (_STATIC / file).read_text(encoding="utf-8")
