"""How does an output stay alive without a kernel? As a page of its own, with script and data.

A widget would be blank once its kernel is gone. This is HTML with its script and its data in it:
it works in a saved notebook and in an exported page too. Where scripts are not trusted the
picture stays that is there until the script runs.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import Any

from wfkit.notebook import blocks
from wfkit.views.picture import Picture
from wfkit.views.wording import xml

_START = """\
const place = document.currentScript.parentElement;
const bytes = Uint8Array.from(atob("{data}"), (it) => it.charCodeAt(0));
const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
new Response(unpacked).json().then((data) => {{
  const made = document.createElement("div");
  render({{ model: {{ get: () => data }}, el: made }});
  place.querySelector(".wfkit-settled").replaceWith(made);
}});"""


def page_bundle(widget: str, data: Mapping[str, Any], settled: Picture) -> dict[str, str]:
    """Return a view in each form that a front end may show.

    `widget` is a module of `static/` whose `render` asks its model for one thing, `data`;
    `settled` is what is shown where the page cannot be.
    """
    page = _page(widget, data, settled)
    return {**settled._repr_mimebundle_(), "text/html": page}


def _page(widget: str, data: Mapping[str, Any], settled: Picture) -> str:
    """Return the page. What tasks are called or say is in it escaped or packed, never as it is."""
    plain = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    packed = base64.b64encode(zlib.compress(plain.encode("ascii"))).decode("ascii")
    script = f"{blocks.body(widget)}\n{_START.format(data=packed)}"
    return (
        f"<div>{_fallback(settled)}<style>{blocks.style(widget)}</style>"
        f"<script>(() => {{\n{script}\n}})();</script></div>"
    )


def _fallback(settled: Picture) -> str:
    if settled.svg is None:
        return f'<pre class="wfkit-settled">{xml_lines(settled.text)}</pre>'
    source = base64.b64encode(settled.svg.encode("utf-8")).decode("ascii")
    return (
        f'<img class="wfkit-settled" alt="{xml_lines(settled.text)}" '
        f'src="data:image/svg+xml;base64,{source}">'
    )


def xml_lines(text: str) -> str:
    """Return text of several lines, harmless in HTML."""
    return "\n".join(map(xml, text.split("\n")))
