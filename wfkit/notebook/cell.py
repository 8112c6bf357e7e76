"""What does a `%%task` cell say? Its flags, its Python, its one function; nothing is run here."""

from __future__ import annotations

import ast
import io
import re
import tokenize
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from wfkit.api.words import is_blank, shortened
from wfkit.core.errors import InvalidTask, WfkitError
from wfkit.notebook import wrapping

_Parsed = TypeVar("_Parsed")
FunctionNode = ast.FunctionDef | ast.AsyncFunctionDef


class BrokenCell(WfkitError):
    """The text of a cell is not Python, so nothing of it was run."""


@dataclass(frozen=True, slots=True)
class CellText:
    """A cell in its parts: `options` is the text of the flags, `code` the Python below them.

    `above` counts the lines over `code`, so that line numbers stay the learner's own; `raw` is
    the whole cell.
    """

    options: str
    code: str
    above: int
    raw: str

    @property
    def is_blank(self) -> bool:
        """True while `____` waits to be filled in, in the flags or in the code."""
        return is_blank([self.options, without_comments(self.code)])

    @property
    def opening(self) -> str:
        """The first line, as other cells call this one in messages."""
        return " ".join(["%%task", *self.options.split()])

    def python(self, transform: Callable[[str], str]) -> str:
        """Return the code as Python (`transform` resolves magics), each line in its place.

        Raises BrokenCell for characters that cannot stand in code.
        """
        above = "\n" * self.above
        _check_characters(above + self.code)
        try:
            return above + transform(self.code)
        except SyntaxError:
            return above + self.code  # to parse it tells the error with the right line


def split(line: str, body: str) -> CellText:
    r"""Take the line behind `%%task`, and the lines below it, apart.

    >>> it = split("--retries 3", "--backoff 2\n\ndef orders(): ...\n")
    >>> it.options, it.code, it.above
    ('--retries 3\n--backoff 2', 'def orders(): ...\n', 3)
    """
    lines = body.splitlines(keepends=True)
    end = 0
    for number, text in enumerate(lines):
        if text.lstrip().startswith("--"):
            end = number + 1
        elif text.strip() and not text.lstrip().startswith("#"):
            break
    options = "".join([line + "\n", *lines[:end]]).strip()
    while end < len(lines) and not lines[end].strip():
        end += 1
    raw = f"%%task {line}".rstrip() + "\n" + body
    return CellText(options, "".join(lines[end:]), end + 1, raw)


def without_comments(code: str) -> str:
    """Return `code` without its comments, as far as it can be read as Python."""
    lines = code.splitlines(keepends=True)
    try:
        for token in tokenize.generate_tokens(io.StringIO(code).readline):
            if token.type == tokenize.COMMENT:
                row, column = token.start
                lines[row - 1] = lines[row - 1][:column] + "\n"
    except (tokenize.TokenError, SyntaxError):
        return re.sub(r"#.*", "", code)
    return "".join(lines)


def parsed(source: str, parse: Callable[[str], _Parsed]) -> _Parsed:
    """Return `parse(source)`; raises BrokenCell, with the learner's line, where it cannot be."""
    try:
        return parse(source)
    except SyntaxError as error:
        raise _not_python(source, error) from None
    except (RecursionError, MemoryError, OverflowError):
        raise BrokenCell("its code is nested too deeply for Python.\nSplit it up.") from None


def _not_python(source: str, error: SyntaxError) -> BrokenCell:
    number = error.lineno or 1
    lines = source.splitlines()
    line = lines[number - 1] if number <= len(lines) else ""
    text = line.lstrip()
    column = max((error.offset or 1) - 1 - (len(line) - len(text)), 0)
    message = f"line {number} is not Python: {error.msg}"
    if not text:
        return BrokenCell(message)
    if len(text) > _WIDEST or not text.isprintable():
        return BrokenCell(f"{message}\n    {shortened(text)}")
    head = wrapping.forgotten_def(source, number)
    if head:
        return BrokenCell(f"{message}\n    {text}\nDid you forget def? Write: {head}")
    return BrokenCell(f"{message}\n    {text}\n    {' ' * min(column, len(text))}^")


_WIDEST = 120


def _check_characters(source: str) -> None:
    for number, line in enumerate(source.split("\n"), start=1):
        found = re.search("[\0\ud800-\udfff]", line)
        if found:
            raise BrokenCell(
                f"line {number} holds {ascii(found[0])[1:-1]}, which cannot stand in code.\n"
                "Delete that line and type it again."
            )


def the_function(tree: ast.Module, text: CellText, tasks: frozenset[str]) -> FunctionNode:
    """Return the one function that is the task; raises InvalidTask where there is not just one.

    `tasks` are names that a wrapped version of the learner's lines may ask for.
    """
    functions = [node for node in tree.body if isinstance(node, FunctionNode)]
    public = [node for node in functions if not node.name.startswith("_")]
    if len(public) == 1:
        return public[0]
    if public:
        raise InvalidTask(
            f"a %%task cell holds one task, this one has {len(public)} functions: "
            f"{', '.join(f'{node.name} (line {node.lineno})' for node in public)}.\n"
            "Give each its own cell, or mark helpers by a leading underscore: "
            f"def _{public[0].name}(...):"
        )
    if not tree.body:
        raise InvalidTask(
            "this %%task cell is empty.\nWrite the task's function below the first line."
        )
    if functions:
        helper = functions[0].name
        raise InvalidTask(
            f"this %%task cell holds only helpers: a leading underscore marks {helper} as one.\n"
            f"Name the task without it: def {helper.strip('_') or 'my_task'}(...):"
        )
    lines = wrapping.as_function(tree, text.code, text.above, tasks)
    raise InvalidTask(f"a %%task cell holds one function, this one has none. Write:\n{lines}")
