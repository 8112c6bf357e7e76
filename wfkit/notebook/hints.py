"""Is this cell a misspelt `%%task` or `%dag`? IPython would only print a line and go on."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator

from wfkit.api.words import BLANK, is_blank
from wfkit.core.errors import InvalidTask, WfkitError, nearest
from wfkit.notebook.cell import without_comments

CELL_MAGICS = ("task",)
LINE_MAGICS = ("check", "dag", "hint", "progress", "solution", "start_over")


class MisspeltMagic(WfkitError):
    """A cell means one of wfkit's magics, but does not spell it right."""


_CELL_LINE = re.compile(r"^\s*@?%%(?P<gap>\s*)(?P<name>\w+)(?P<rest>.*)$")
_MAGIC_LINE = re.compile(r"^\s*%(?P<gap>\s*)(?P<name>\w+)(?P<rest>.*)$")
_TASK_LINE = re.compile(r"^%%task\b")
_BARE_LINE = re.compile(r"^\s*(?P<name>dag|task)(?P<rest>\s+(--)?[a-z].*|\s*)$")
_CALL = re.compile(r"\s*\((?P<inside>[^()]*)\)?")


def check(cell: str, known: Callable[[str], Collection[str]]) -> None:
    """Raise MisspeltMagic, naming the right spelling, if `cell` means a magic of wfkit's.

    `known("line")` and `known("cell")` are the magics that exist.
    """
    lines = cell.splitlines()
    first = next((number for number, line in enumerate(lines) if line.strip()), None)
    if first is None:
        return
    found = _CELL_LINE.match(lines[first])
    if found:
        _check_cell_magic(found, lines[first].strip(), known("cell"))
        if found["name"] == "task" and not asks_for_help(cell):
            _check_body(lines[first + 1 :])
        return
    if not _is_python(cell):
        for number, line in _outside_strings(lines):
            _check_below(lines[first].strip(), number - first, line)
            _check_line_magic(line, known("line"))
            _check_bare_line(line)


def asks_for_help(cell: str) -> bool:
    r"""Return True for `%%task --help` alone: IPython itself would refuse a cell without a body.

    >>> asks_for_help("%%task --help\n"), asks_for_help("%%task --help\ndef f(): ...")
    (True, False)
    """
    words = cell.split()
    return words[:1] == ["%%task"] and words[-1] == "--help" and "\n" not in cell.strip()


def _check_cell_magic(found: re.Match[str], line: str, known: Collection[str]) -> None:
    name, rest = found["name"], found["rest"]
    if name in LINE_MAGICS:
        raise MisspeltMagic(f"{_shown(line)} works on a line, not on a cell.\nWrite %{name}{rest}")
    meant = _meant(name, CELL_MAGICS, known)
    if not meant:
        return
    call = _CALL.match(rest)
    options = f" {_as_flags(call['inside'])}".rstrip() if call else rest.rstrip()
    right = f"%%{meant}{options}"
    if line.rstrip() != right:
        raise MisspeltMagic(f"{_shown(line)} is not how it is spelled.\nWrite {right}")


def _check_body(lines: list[str]) -> None:
    if not any(line.strip() for line in lines):
        raise InvalidTask(
            "this %%task cell is empty.\nWrite the task's function below the first line."
        )
    for _, line in _outside_strings(lines):
        if _TASK_LINE.match(line):
            raise MisspeltMagic(
                "a cell holds one task, this one has two %%task lines.\n"
                "Split it in two: the second %%task begins a cell of its own."
            )


def _check_below(first: str, below: int, line: str) -> None:
    found = _CELL_LINE.match(line)
    if below and found and _meant(found["name"], CELL_MAGICS, ()):
        raise MisspeltMagic(
            f"%%task must be the first line of its cell, but {_shown(first)} stands above it.\n"
            "Move what is above it below it, or into a cell of its own."
        )


def _check_line_magic(line: str, known: Collection[str]) -> None:
    found = _MAGIC_LINE.match(line)
    if not found:
        return
    name, rest = found["name"], found["rest"].rstrip()
    if name.casefold() in CELL_MAGICS and name not in known:
        right = f"%%{name.casefold()}{rest}"
        raise MisspeltMagic(
            f"{_shown(line.strip())} works on a whole cell.\n"
            f"Write {right} as the first line, and the function below it"
        )
    meant = _meant(name, LINE_MAGICS, known)
    call = re.match(r"\s*[.(]\s*(?P<verb>\w*)", rest) if meant else None
    verb = f" {call['verb']}".rstrip() if call else rest
    if meant and (name != meant or found["gap"] or call):
        shown = _shown(line.strip())
        raise MisspeltMagic(f"{shown} is not how it is spelled.\nWrite %{meant}{verb}")


def _check_bare_line(line: str) -> None:
    found = _BARE_LINE.match(line)
    if found:
        sign = "%%" if found["name"] in CELL_MAGICS else "%"
        raise MisspeltMagic(f"{_shown(line.strip())} lacks its {sign}.\nWrite {sign}{line.strip()}")


def _meant(name: str, ours: tuple[str, ...], known: Collection[str]) -> str | None:
    """Return which of our magics `name` means, or None if it is another's."""
    if name in ours:
        return name
    return None if name in known else nearest(name, ours)


def _as_flags(inside: str) -> str:
    """Return `retries=3, jitter=True` as `--retries 3 --jitter`, as far as it can be told."""
    flags = []
    for part in filter(None, (part.strip() for part in inside.split(","))):
        name, _, value = (piece.strip() for piece in part.partition("="))
        flag = f"--{name.replace('_', '-')}"
        flags.append(flag if value in ("", "True") else f"{flag} {value}")
    return " ".join(flags)


def _is_python(cell: str) -> bool:
    try:
        ast.parse(cell)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True


def _outside_strings(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield the lines that are not inside a text of several lines, with their index."""
    quote = ""
    for number, line in enumerate(lines):
        if not quote:
            yield number, line
        for mark in re.findall(r'"""|\'\'\'', line):
            quote = mark if not quote else "" if mark == quote else quote


def _shown(line: str) -> str:
    return line if len(line) <= 40 else line[:37] + "..."


def is_not_started(cell: str) -> bool:
    r"""Return True while `____` waits in the code of a cell.

    In comments it may stay, `guess` makes something of it itself, and other cell magics are
    none of our business.

    >>> is_not_started("%dag run --seed ____"), is_not_started("guess('how many?', ____)")
    (True, False)
    >>> is_not_started("guess('how many?', ____)\n%dag run"), is_not_started("x = ____\n%dag run")
    (False, True)
    """
    if "____" not in cell or _CELL_LINE.match(cell.lstrip().partition("\n")[0]):
        return False
    lines = list(_with_kind(cell))
    if is_blank(without_comments(line) for line, is_magic in lines if is_magic):
        return True
    python = "\n".join("" if is_magic else line for line, is_magic in lines)
    try:
        tree = ast.parse(python)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return is_blank([without_comments(cell)])
    return any(map(_is_blank_node, _outside_guesses(tree)))


def _is_blank_node(node: ast.AST) -> bool:
    if isinstance(node, ast.Constant):
        return isinstance(node.value, str) and node.value.strip() == BLANK
    return isinstance(node, ast.Name) and node.id == BLANK


def _with_kind(cell: str) -> Iterator[tuple[str, bool]]:
    """Yield each line, and whether it belongs to a magic: after a backslash that goes on."""
    goes_on = False
    for line in cell.splitlines():
        is_magic = goes_on or bool(_MAGIC_LINE.match(line))
        goes_on = is_magic and line.endswith("\\")
        yield line, is_magic


def _outside_guesses(node: ast.AST) -> Iterator[ast.AST]:
    if isinstance(node, ast.Call) and ast.unparse(node.func).endswith("guess"):
        return
    yield node
    for child in ast.iter_child_nodes(node):
        yield from _outside_guesses(child)
