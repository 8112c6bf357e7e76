"""Which helpers come with a file? Each is real code, put in only where it is needed."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

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

    @cached_property
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
    "verdict": Part(
        '''\
def verdict(rule, ends):
    """Say what a trigger rule makes of how the upstream tasks ended."""
    good, skipped = ends.count("success"), ends.count("skipped")
    failed = len(ends) - good - skipped
    if rule in ("all_done", "always") or not ends:
        return "start"
    if rule == "all_failed":
        return "start" if failed == len(ends) else "skipped"
    if rule == "one_failed":
        return "start" if failed else "skipped"
    if rule == "one_success" and good:
        return "start"
    if failed:
        return "upstream_failed"
    if rule == "none_failed":
        return "start"
    if rule == "all_success":
        return "skipped" if skipped else "start"
    return "start" if good else "skipped"
'''
    ),
    "chosen_names": Part(
        '''\
def chosen_names(choice):
    """Return the names of the tasks that a branch lets run."""
    return {choice} if isinstance(choice, str) else set(choice or ())
'''
    ),
    "chooses": Part(
        '''\
def chooses(*names):
    """Fail a branch that names something else than what comes directly after it."""

    def decorate(function):
        @wraps(function)
        def checked(*args, **kwargs):
            choice = function(*args, **kwargs)
            unknown = chosen_names(choice) - set(names)
            if unknown:
                raise ValueError(f"{function.__name__} chose {sorted(unknown)}")
            return choice

        return checked

    return decorate
''',
        {"wraps": "functools:wraps"},
        ("chosen_names",),
    ),
    "polled": Part(
        '''\
def polled(poke_interval, wait_timeout=None):
    """Call a sensor again and again, until it returns something; None and False mean: not yet."""

    def decorate(function):
        @wraps(function)
        def wait(*args, **kwargs):
            begin = monotonic()
            while True:
                found = function(*args, **kwargs)
                if found is not None and found is not False:
                    return found
                if wait_timeout is not None and monotonic() - begin >= wait_timeout:
                    raise TimeoutError(f"{function.__name__} waited {wait_timeout} s")
                sleep(poke_interval)

        return wait

    return decorate
''',
        {"wraps": "functools:wraps", "monotonic": "time:monotonic", "sleep": "time:sleep"},
    ),
    "Skip": Part(
        '''\
class Skip(Exception):
    """Ends a task without a result, and without failing."""
'''
    ),
    "Fail": Part(
        '''\
class Fail(Exception):
    """Ends a task at once: another attempt is not worth it."""
'''
    ),
}
"""What is the same for every engine."""
