"""Which helpers come with a file? Each is real code, put in only where it is needed."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field, replace
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


def verdict_part(rules: AbstractSet[str]) -> Part:
    """Return the function that says what trigger rules mean: as much of it as these rules need."""
    lines = [*_of_any_end(rules)]
    if rules & _NO_FAILURE:
        lines += ["    if failed:", '        return "upstream_failed"']
        lines += _of_no_failure(rules & _NO_FAILURE)
    needs_failed = rules - {"all_done", "always"}
    failed = ['    failed = [it for it in ends if it in ("failed", "upstream_failed")]']
    return Part("\n".join([*_VERDICT, *(failed if needs_failed else []), *lines, ""]))


_NO_FAILURE = {"all_success", "none_failed", "none_failed_min_one_success", "one_success"}
_VERDICT = (
    "def verdict(rule, ends):",
    '    """Say what a trigger rule makes of how the upstream tasks ended."""',
)


def _of_any_end(rules: AbstractSet[str]) -> Iterator[str]:
    """Yield what is decided for rules that a failure does not stop."""
    always = sorted(rules & {"all_done", "always"})
    known = f'rule == "{always[0]}"' if len(always) == 1 else 'rule in ("all_done", "always")'
    yield f"    if {known} or not ends:" if always else "    if not ends:"
    yield '        return "start"'
    for rule, condition in _OF_FAILURE.items():
        if rule in rules:
            yield f'    if rule == "{rule}":'
            yield f'        return "start" if {condition} else "skipped"'
    if "one_success" in rules:
        yield '    if rule == "one_success" and "success" in ends:'
        yield '        return "start"'


_OF_FAILURE = {"all_failed": "len(failed) == len(ends)", "one_failed": "failed"}


def _of_no_failure(rules: AbstractSet[str]) -> Iterator[str]:
    """Yield what is decided for the other rules, where nothing failed."""
    left = [(rule, end) for rule, end in _OF_SUCCESS.items() if rule in rules]
    if rules & {"one_success", "none_failed_min_one_success"}:
        left.append(("", 'return "start" if "success" in ends else "skipped"'))
    for rule, end in left[:-1]:
        yield f'    if rule == "{rule}":'
        yield f"        {end}"
    yield f"    {left[-1][1]}"


_OF_SUCCESS = {
    "none_failed": 'return "start"',
    "all_success": 'return "skipped" if "skipped" in ends else "start"',
}


def without(part: Part, *pieces: str, parts: AbstractSet[str] = frozenset()) -> Part:
    """Return a part without some pieces of its text, and without what only those needed."""
    text = part.text
    for piece in pieces:
        assert piece in text, piece
        text = text.replace(piece, "")
    return replace(part, text=text, parts=tuple(it for it in part.parts if it not in parts))
