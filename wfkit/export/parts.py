"""Which helpers come with a file? Each is real code, put in only where it is needed."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field

from wfkit.core.reads import places
from wfkit.export.carried import Code, Imported
from wfkit.export.names import Named, Shared
from wfkit.export.sources import Source


@dataclass(frozen=True)
class Part:
    """One definition: its text, what it imports (name: module, or module and name), other parts."""

    text: str
    imports: Mapping[str, str] = field(default_factory=dict)
    parts: tuple[str, ...] = ()

    def code(self) -> Code:
        """Return it as code whose names can be changed like those of the learner's."""
        tree = ast.parse(self.text)
        source = Source("<part>", tuple(self.text.splitlines(keepends=True)), tree)
        compiled = compile(tree, "<part>", "exec", dont_inherit=True)
        known = {name: self._import(name) for name in self.imports}
        known |= {name: Shared(name) for name in self.parts}
        reads = {
            (it.read.line, it.column, it.read.name): known[it.read.name]
            for it in places(compiled)
            if it.read.name in known
        }
        return Code(source, tree.body[0], reads)  # type: ignore[arg-type]

    def _import(self, name: str) -> Named:
        module, colon, member = self.imports[name].partition(":")
        return Imported(module, member if colon else None, name)


COMMON = {
    "ensures": Part(
        '''\
def ensures(promise):
    """Fail a task whose result does not keep its promise."""
    check = getattr(promise, "validate", promise)

    def decorate(function):
        @wraps(function)
        def checked(*args, **kwargs):
            result = function(*args, **kwargs)
            if str(check(result)) == "False":
                raise ValueError(f"{function.__name__} does not keep its promise")
            return result

        return checked

    return decorate
''',
        {"wraps": "functools:wraps"},
    ),
    "cancelled": Part(
        '''\
def cancelled():
    """Say that nobody has cancelled this run: a cancelled one is stopped here."""
    return False
'''
    ),
}
"""What is the same for every engine."""
