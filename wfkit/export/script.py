"""What stands in the new file, and in which order? Imports, constants, then one block each."""

from __future__ import annotations

import ast
import re
import sys
import textwrap
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from wfkit.core.masking import masked_code
from wfkit.export import expressions as write
from wfkit.export.carried import Code, Imported, Own, Symbol, Toolkit
from wfkit.export.names import Named, Names, Shared
from wfkit.export.notes import Note
from wfkit.export.parts import Part
from wfkit.export.plan import Plan
from wfkit.export.segments import DEFINED, changes_of, expression, statements

_LOCAL = 2


class Section(NamedTuple):
    """A part of the file: its kind is top, help, task or dag; `task` is whose function it is."""

    kind: str
    text: str
    task: str = ""


def joined(sections: Sequence[Section]) -> str:
    """Return the whole file, with blank lines as a formatter sets them."""
    found = [sections[0].text]
    for before, it in pairwise(sections):
        is_apart = _is_definition(before.text) or _is_definition(it.text)
        found.append(f"\n{it.text}" if is_apart else it.text)
    return "\n\n".join(found) + "\n"


class Script:
    """A file that is being written. Imports and helpers come into it when they are asked for.

    `parts` are those that it may ask for, `tools` say what stands for each tool of this toolkit.
    """

    def __init__(self, plan: Plan, parts: dict[str, Part]) -> None:
        self.plan = plan
        self.names = Names(plan)
        self.notes: list[Note] = []
        self.tools: dict[str, Callable[[], str]] = {
            "Skip": lambda: self.part("Skip"),
            "Fail": lambda: self.part("Fail"),
            "cancelled": lambda: self.part("cancelled"),
            "sleep": lambda: self.use("time", "sleep"),
            # Every one of the three engines brings pydantic.
            "Secret": lambda: self.use("pydantic", "SecretStr"),
        }
        self._parts = parts
        self._imports: dict[Imported, str] = {}
        self._constants: list[str] = []
        self._sections: list[Section] = []
        self._done: set[int | str] = set()

    def use(self, module: str, name: str | None = None, alias: str | None = None) -> str:
        """Import a module, or a name of it, and return what it is called here."""
        return self._import(Imported(module, name, alias or name or module))

    def name(self, dotted: str) -> str:
        """Import a name that is given with its module: `datetime.timedelta`."""
        module, _, name = dotted.rpartition(".")
        return self.use(module, name)

    def _import(self, symbol: Imported) -> str:
        name = self.names.of(symbol)
        if symbol.module != "builtins":
            self._imports[symbol._replace(alias=name)] = name
        return name.partition(".")[0]  # import os.path gives the name os

    def part(self, name: str) -> str:
        """Put a part into the file, and return what it is called here."""
        called = self.names.of(Shared(name))
        if name not in self._done:
            self._done.add(name)
            part = self._parts[name]
            code = part.code
            changes = changes_of(code, [code.node], self._resolve)
            if called != name:
                changes[DEFINED[0], DEFINED[1], name] = called
            self._put("help", statements(code, [code.node], changes, 0))
        return called

    def constant(self, name: str, value: ast.expr) -> str:
        """Define a constant at the top, once, and return what it is called here."""
        called = self.names.of(Shared(name))
        self._done.add(name)
        written = write.written(value, len(called) + 3)
        line = "\n".join(self._checked([f"{called} = {written}"]))
        if line not in self._constants:
            self._constants.append(line)
        return called

    def stands_for(self, name: str, called: str) -> str:
        """Let the part `name` be something that the file has already."""
        self.names.alias(Shared(name), called)
        self._done.add(name)
        return called

    def note(self, text: str, task: str = "") -> None:
        """Tell of something that is not the same over there."""
        if Note(text, task) not in self.notes:
            self.notes.append(Note(text, task))

    def block(self, lines: Iterable[str]) -> None:
        """Append a block of lines that make the Dag of the tasks."""
        self._put("dag", lines)

    def _put(self, kind: str, lines: Iterable[str], task: str = "") -> None:
        self._sections.append(Section(kind, "\n".join(self._checked(lines)), task))

    def block_of(self, name: str, lines: Iterable[str]) -> None:
        """Append a block that defines the part `name`, once."""
        if name not in self._done:
            self._done.add(name)
            self._put("help", lines)

    def resolve(self, symbol: Symbol) -> str:
        """Return what a symbol is called here, after what it needs was put in."""
        return self._resolve(symbol)

    def _resolve(self, symbol: Named) -> str:
        if isinstance(symbol, Shared):
            return self.part(symbol.name)
        if isinstance(symbol, Toolkit):
            return self.tools[symbol.name]()
        if isinstance(symbol, Own):
            self._put_piece(symbol.piece)
            return self.names.of(symbol)
        return self._import(symbol)

    def _put_piece(self, number: int) -> None:
        if number in self._done:
            return
        self._done.add(number)
        codes = self.plan.carried.pieces[number].codes
        reads_own = any(isinstance(it, Own) for code in codes for it in code.reads.values())
        lines = []
        for code in codes:
            changes = changes_of(code, [code.node], self._resolve)
            changes |= self._new_names(code, number)
            lines += statements(code, [code.node], changes, 0)
        if all(isinstance(it.node, ast.Assign | ast.AnnAssign) for it in codes) and not reads_own:
            self._constants.append("\n".join(self._checked(lines)))
        else:
            self._put("help", lines)

    def _new_names(self, code: Code, number: int) -> dict[tuple[int, int, str], str]:
        """Return the names that a helper defines, where they must be others here."""
        found = {}
        own = getattr(code.node, "name", None)
        if own and (new := self.names.of(Own(number, own))) != own:
            found[DEFINED[0], DEFINED[1], own] = new
        for node in [] if own else ast.walk(code.node):
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
                new = self.names.of(Own(number, node.id))
                if new != node.id:
                    found[node.lineno, node.col_offset, node.id] = new
        return found

    def _checked(self, texts: Iterable[str]) -> list[str]:
        """Return lines of code with a mask in place of secrets in them."""
        lines = "\n".join(texts).split("\n")
        found = [masked_code(line) for line in lines]
        if found != lines:
            self.note("What looks like a secret in the code is *** here: read it from elsewhere.")
        return found

    def function(
        self,
        task: str,
        name: str,
        code: Code,
        parameters: Sequence[str],
        *,
        decorators: Sequence[ast.expr] = (),
        first: Sequence[str] = (),
        returns: str = "",
    ) -> None:
        """Append the function of a task; `first` are lines that its body begins with."""
        node = code.node
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        changes = changes_of(code, [*node.decorator_list, *node.body], self._resolve)
        kept = [f"@{expression(code, it, changes)}" for it in node.decorator_list]
        made = [f"@{write.written(it, 1)}" for it in decorators]
        body = list(node.body)
        documented = [body.pop(0)] if ast.get_docstring(node) is not None else []
        lines = statements(code, documented, changes, 4) if documented else []
        lines += [f"    {line}" for line in first]
        lines += statements(code, body, changes, 4) if body else []
        if isinstance(node, ast.AsyncFunctionDef):
            inner = self.names.fresh(f"_{name}")
            made_inner = [*kept, *signature(f"async def {inner}", parameters)]
            self._put("help", [*made_inner, *lines])
            run = self.use("asyncio", "run")
            names = [re.match(r"\w+", it)[0] for it in parameters]  # type: ignore[index]
            lines, kept = [f"    return {run}({inner}({', '.join(names)}))"], []
        head = signature(f"def {name}", parameters, returns)
        self._put("task", [*made, *kept, *head, *lines], task)

    def annotation(self, code: Code, node: ast.expr | None) -> str:
        """Return an annotation, or a default, as text."""
        return (
            "" if node is None else expression(code, node, changes_of(code, [node], self._resolve))
        )

    def sections(self, head: Sequence[str]) -> tuple[Section, ...]:
        """Return the parts of the file in their order; `head` are lines of a comment on top."""
        top = "\n".join(line for it in head for line in comment(it))
        parts = [top, *self._import_groups(), "\n".join(self._constants)]
        first = Section("top", "\n\n".join(it for it in parts if it))
        kinds = ("help", "task", "dag")
        return (first, *sorted(self._sections, key=lambda it: kinds.index(it.kind)))

    def _import_groups(self) -> Iterator[str]:
        groups: dict[int, list[Imported]] = {}
        for it in self._imports:
            groups.setdefault(self._group(it), []).append(it)
        for _, found in sorted(groups.items()):
            yield "\n".join(_import_lines(found))

    def _group(self, it: Imported) -> int:
        top = it.module.partition(".")[0]
        if top in sys.stdlib_module_names:
            return 0
        return _LOCAL if top in self.plan.carried.local_modules else 1


def _import_lines(found: Iterable[Imported]) -> Iterator[str]:
    modules = sorted(it for it in found if it.name is None)
    for it in modules:
        yield f"import {it.module}" + (f" as {it.alias}" if it.alias != it.module else "")
    homes = sorted({it.module for it in found if it.name is not None})
    for home in homes:
        members = sorted((it for it in found if it.module == home and it.name), key=_order)
        plain = [it for it in members if it.alias == it.name]
        groups = [[it] for it in members if it.alias != it.name] + ([plain] if plain else [])
        for group in sorted(groups, key=lambda group: _order(group[0])):
            yield _import_line(home, group)


def _import_line(home: str, members: Sequence[Imported]) -> str:
    words = [f"{it.name} as {it.alias}" if it.alias != it.name else it.alias for it in members]
    line = f"from {home} import {', '.join(words)}"
    if len(line) <= write.WIDTH:
        return line
    return "\n".join([f"from {home} import (", *(f"    {it}," for it in words), ")"])


def _order(it: Imported) -> tuple[int, str]:
    """The order that isort has: constants, classes, then all others."""
    name = it.name or ""
    kind = 0 if name.isupper() and len(name) > 1 else 1 if name[:1].isupper() else 2
    return kind, name


def signature(head: str, parameters: Sequence[str], returns: str = "") -> list[str]:
    """Return the first lines of a function."""
    tail = f" -> {returns}:" if returns else ":"
    line = f"{head}({', '.join(parameters)}){tail}"
    if len(line) <= write.WIDTH or not parameters:
        return [line]
    return [f"{head}(", *(f"    {it}," for it in parameters), f"){tail}"]


def comment(text: str) -> list[str]:
    """Return a text as lines of a comment. Nothing in it can end the comment.

    >>> comment("first")
    ['# first']
    """
    plain = " ".join(text.split())
    plain = plain if plain.isprintable() else ascii(plain)[1:-1]
    lead = "  " if plain.startswith("- ") else ""
    return textwrap.wrap(
        plain, write.WIDTH, initial_indent="# ", subsequent_indent=f"# {lead}"
    ) or ["#"]


_DEFINITION = re.compile(r"(?:#[^\n]*\n)*(?:@|def |async def |class |if __name__)")


def _is_definition(block: str) -> bool:
    return bool(_DEFINITION.match(block))
