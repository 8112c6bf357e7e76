"""How is a replay shown? As a page of its own inside the output, which needs no kernel.

A widget would be blank once its kernel is gone. This is HTML with its script and its data in it:
it plays in a saved notebook and in an exported page too. Where scripts are not trusted the
picture stays that is there until the script runs.
"""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from wfkit.api.replay import Replay
from wfkit.notebook import blocks
from wfkit.notebook.live import is_live
from wfkit.views.wording import xml

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell

_START = """\
const place = document.currentScript.parentElement;
const bytes = Uint8Array.from(atob("{data}"), (it) => it.charCodeAt(0));
const unpacked = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate"));
new Response(unpacked).json().then((data) => {{
  const made = document.createElement("div");
  render({{ model: {{ get: () => data }}, el: made }});
  place.querySelector(".wfkit-settled").replaceWith(made);
}});"""


class ReplayPages:
    """Shows each Replay as a page where there is a front end, as long as it is attached."""

    def __init__(self, shell: InteractiveShell) -> None:
        self._shell = shell

    def attach(self) -> None:
        """Begin to show pages."""
        self._formatter.for_type(Replay, self._shown)

    def detach(self) -> None:
        """Leave the shell as it was."""
        self._formatter.pop(Replay, None)

    @property
    def _formatter(self) -> Any:
        formatter = self._shell.display_formatter
        assert formatter is not None
        return formatter.mimebundle_formatter

    def _shown(self, replay: Replay) -> Mapping[str, Any]:
        return replay_bundle(replay) if is_live(self._shell) else replay._repr_mimebundle_()


def replay_bundle(replay: Replay) -> Mapping[str, str]:
    """Return a replay in each form that a front end may show."""
    picture = replay.picture()
    bundle = dict(picture._repr_mimebundle_())
    return bundle | {"text/html": _page(replay.data(), picture.text, picture.svg)}


def _page(data: Mapping[str, Any], text: str, svg: str | None) -> str:
    """Return the page. What tasks are called or say is in it escaped or packed, never as it is."""
    plain = json.dumps(data, separators=(",", ":"), ensure_ascii=True)
    packed = base64.b64encode(zlib.compress(plain.encode("ascii"))).decode("ascii")
    script = f"{blocks.body('replay')}\n{_START.format(data=packed)}"
    return (
        f"<div>{_settled(text, svg)}<style>{blocks.style('replay')}</style>"
        f"<script>(() => {{\n{script}\n}})();</script></div>"
    )


def _settled(text: str, svg: str | None) -> str:
    if svg is None:
        return f'<pre class="wfkit-settled">{xml_lines(text)}</pre>'
    source = base64.b64encode(svg.encode("utf-8")).decode("ascii")
    return (
        f'<img class="wfkit-settled" alt="{xml_lines(text)}" '
        f'src="data:image/svg+xml;base64,{source}">'
    )


def xml_lines(text: str) -> str:
    """Return text of several lines, harmless in HTML."""
    return "\n".join(map(xml, text.split("\n")))
