"""What does Python code look like on a page? Its words in colours, every character escaped."""

from __future__ import annotations

import io
import keyword
import tokenize
from collections.abc import Iterator

from wfkit.views.wording import visible, xml

_KINDS = {tokenize.COMMENT: "comment", tokenize.STRING: "string", tokenize.NUMBER: "number"}
_KINDS |= {
    number: "string" for number, name in tokenize.tok_name.items() if name.startswith("FSTRING")
}


def code_html(code: str) -> str:
    """Return code as HTML with a class for each kind of word; what is no Python stays plain.

    >>> code_html("return 1")
    '<span class="keyword">return</span> <span class="number">1</span>'
    """
    lines = code.split("\n")
    try:
        marks = list(_marks(code))
    except (tokenize.TokenError, SyntaxError):
        marks = []
    return "\n".join(_line(text, number, marks) for number, text in enumerate(lines, start=1))


def _marks(code: str) -> Iterator[tuple[str, tuple[int, int], tuple[int, int]]]:
    at_start = True
    for it in tokenize.generate_tokens(io.StringIO(code).readline):
        kind = _KINDS.get(it.type, "")
        if it.type == tokenize.NAME and keyword.iskeyword(it.string):
            kind = "keyword"
        if it.type == tokenize.OP and it.string == "@" and at_start:
            kind = "decorator"
        if kind:
            yield kind, it.start, it.end
        at_start = it.type in (tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT)


def _line(text: str, number: int, marks: list[tuple[str, tuple[int, int], tuple[int, int]]]) -> str:
    found, last = [], 0
    for kind, (first_row, first), (last_row, end) in marks:
        if not first_row <= number <= last_row:
            continue
        begin = first if number == first_row else 0
        stop = end if number == last_row else len(text)
        found.append(_escaped(text[last:begin]))
        found.append(f'<span class="{kind}">{_escaped(text[begin:stop])}</span>')
        last = stop
    return "".join([*found, _escaped(text[last:])])


def _escaped(text: str) -> str:
    return xml(visible(text))
