"""How does a notebook show what a Dag looks like elsewhere? As code in colours."""

from __future__ import annotations

from wfkit.api.exporting import Exported
from wfkit.notebook import blocks
from wfkit.views.code import code_html
from wfkit.views.shapes import element
from wfkit.views.side_by_side import beside_html


def export_bundle(it: Exported) -> dict[str, str]:
    """Return files for other engines in each form that a front end may show."""
    text = repr(it)
    if it.paths:
        return {"text/plain": text}
    if len(it.files) > 1:
        body = beside_html(it.beside())
    else:
        code = element("pre", code_html(it.source.rstrip("\n")), tabindex="0")
        body = element("div", code, class_="wf-beside wf-alone")
    style = blocks.still_style(".wfkit-beside", "beside")
    page = f'<div class="wfkit-beside"><style>{style}</style>{body}</div>'
    return {"text/plain": text, "text/html": page}
