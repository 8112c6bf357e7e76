"""What is everything called in the new file? What the learner named keeps its name if it can."""

from __future__ import annotations

import ast
import builtins
import keyword
from collections.abc import Iterator
from typing import NamedTuple

from wfkit.export.carried import Carried, Imported, Own, Symbol, Toolkit
from wfkit.export.plan import Plan


class Shared(NamedTuple):
    """A part that comes with the file, such as the class of an error."""

    name: str


Named = Symbol | Shared


class Names:
    """Gives each symbol one name, and no two the same."""

    def __init__(self, plan: Plan) -> None:
        self._of: dict[Named, str] = {}
        self._taken = set(plan.order) | set(keyword.kwlist) | set(dir(builtins))
        for symbol in _symbols(plan.carried):
            self._give(symbol)
        self._taken.update(_identifiers(plan.carried), plan.params)

    def of(self, symbol: Named) -> str:
        """Return the name of a symbol; it gets one when it is first asked for."""
        if symbol not in self._of:
            self._give(self._twin(symbol) or symbol)
        return self._of.get(symbol) or self._of[self._twin(symbol) or symbol]

    def alias(self, symbol: Named, name: str) -> None:
        """Let a symbol be called what something else is called already."""
        self._of.setdefault(symbol, name)

    def fresh(self, wanted: str) -> str:
        """Return `wanted`, or a name like it, that nothing else has."""
        found = wanted
        number = 1
        while found in self._taken:
            number += 1
            found = f"{wanted}_{number}"
        self._taken.add(found)
        return found

    def _give(self, symbol: Named) -> None:
        if symbol in self._of:
            return
        wanted = symbol.alias if isinstance(symbol, Imported) else symbol.name
        if isinstance(symbol, Imported) and symbol.module == "builtins":
            self._of[symbol] = symbol.alias
        elif wanted.partition(".")[0] not in self._taken:
            self._taken.add(wanted.partition(".")[0])
            self._of[symbol] = wanted
        elif isinstance(symbol, Imported) and self._shares_top(wanted):
            self._of[symbol] = wanted
        else:
            private = isinstance(symbol, Own) and not wanted.startswith("_")
            self._of[symbol] = self.fresh(f"_{wanted}" if private else f"{wanted}_")

    def _shares_top(self, dotted: str) -> bool:
        """Return True for `xml.dom` where `xml.etree` is imported already."""
        top = dotted.partition(".")[0]
        modules = (it for it in self._of if isinstance(it, Imported) and it.alias == it.module)
        return "." in dotted and any(it.module.partition(".")[0] == top for it in modules)

    def _twin(self, symbol: Named) -> Imported | None:
        """Return the same import under the name that the learner gave it."""
        if not isinstance(symbol, Imported):
            return None
        same = (
            it
            for it in self._of
            if isinstance(it, Imported) and it[:2] == symbol[:2] and "." not in it.alias
        )
        return next(same, None)


def _symbols(carried: Carried) -> Iterator[Symbol]:
    codes = [*carried.functions.values(), *(it for piece in carried.pieces for it in piece.codes)]
    for code in codes:
        yield from (it for it in code.reads.values() if isinstance(it, Imported | Own))
    for symbol in (*carried.promises.values(), *carried.errors.values()):
        if isinstance(symbol, Imported | Own):
            yield symbol


def _identifiers(carried: Carried) -> Iterator[str]:
    """Yield every name that the learner's code has, also those of variables.

    What it calls by the names of this toolkit is called otherwise in the new file.
    """
    codes = [*carried.functions.values(), *(it for piece in carried.pieces for it in piece.codes)]
    for code in codes:
        for node in ast.walk(code.node):
            if isinstance(node, ast.Name):
                symbol = code.reads.get((node.lineno, node.col_offset, node.id))
                if isinstance(symbol, Toolkit):
                    continue
            for field in ("id", "arg", "name", "asname"):
                found = getattr(node, field, None)
                if isinstance(found, str):
                    yield found
