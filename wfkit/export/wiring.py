"""Which parameters has the function of a task, and what does its body begin with?"""

from __future__ import annotations

import ast
from dataclasses import dataclass, field
from typing import Any

from wfkit.core.graph import Source
from wfkit.core.task import REQUIRED
from wfkit.core.trigger_rules import TriggerRule
from wfkit.export import expressions as write
from wfkit.export.carried import Code
from wfkit.export.script import Script


@dataclass
class Shape:
    """The parameters of a function, and the lines that its body begins with."""

    required: list[str] = field(default_factory=list)
    optional: list[str] = field(default_factory=list)
    first: list[str] = field(default_factory=list)
    inputs: list[tuple[str, Source]] = field(default_factory=list)

    @property
    def parameters(self) -> list[str]:
        """All parameters, those without a default first."""
        return [*self.required, *dict.fromkeys(self.optional)]


def arguments(code: Code) -> dict[str, tuple[ast.arg, ast.expr | None]]:
    """Return each parameter of a function by name, with the code of its default."""
    node = code.node
    assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    plain = [*node.args.posonlyargs, *node.args.args]
    missing: list[ast.expr | None] = [None] * (len(plain) - len(node.args.defaults))
    pairs = zip(plain, [*missing, *node.args.defaults], strict=True)
    named = zip(node.args.kwonlyargs, node.args.kw_defaults, strict=True)
    return {it.arg: (it, default) for it, default in [*pairs, *named]}


class Wiring:
    """How one task's parameters are written.

    `reserved` are parameter names that mean something else to the engine. Without `annotated`
    annotations are left out.
    """

    def __init__(self, script: Script, reserved: frozenset[str], annotated: bool = True) -> None:
        self._script = script
        self._reserved = reserved
        self._annotated = annotated

    def parameter(self, code: Code, name: str, called: str = "", default: str = "") -> str:
        """Return a parameter as it stands in the signature."""
        argument, _ = arguments(code)[name]
        noted = argument.annotation if self._annotated else None
        annotation = self._script.annotation(code, noted)
        text = f"{called or name}: {annotation}" if annotation else called or name
        if not default:
            return text
        return f"{text} = {default}" if annotation else f"{text}={default}"

    def upstream(self, task: str, shape: Shape, source: Source, called: str = "") -> None:
        """Let a parameter take the result of another task."""
        plan, code = self._script.plan, self._script.plan.carried.functions[task]
        name = source.parameter
        called = called or (
            self._script.names.fresh(f"{name}_") if name in self._reserved else name
        )
        shape.required.append(self.parameter(code, name, called))
        shape.inputs.append((called, source))
        if source.default is not REQUIRED and may_be_missing(plan.options(task).trigger_rule):
            text = self.default(code, name)
            shape.first.append(f"{name} = {text} if {called} is None else {called}")
        elif called != name:
            shape.first.append(f"{name} = {called}")

    def plain_default(self, task: str, shape: Shape, source: Source, inside: bool = False) -> None:
        """Let a parameter have its default, where `inside` as the first line of the body."""
        code = self._script.plan.carried.functions[task]
        name = source.parameter
        if inside or name in self._reserved:
            shape.first.append(f"{name} = {self.default(code, name)}")
        else:
            shape.optional.append(self.parameter(code, name, default=self.default(code, name)))

    def default(self, code: Code, name: str) -> str:
        """Return the default of a parameter as the learner wrote it."""
        return self._script.annotation(code, arguments(code)[name][1])

    def returns(self, code: Code) -> str:
        """Return the annotation of the result."""
        node = code.node
        assert isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        return self._script.annotation(code, node.returns) if self._annotated else ""


def may_be_missing(rule: TriggerRule) -> bool:
    """Return True if a task may start though one of its upstream tasks gave no result."""
    return rule is not TriggerRule.ALL_SUCCESS


def delays(options: Any) -> list[float]:
    """Return the pause before each retry, in seconds, without jitter."""
    return [options.retry.delay_before(attempt) for attempt in range(2, options.retries + 2)]


def seconds(value: float) -> ast.expr:
    """Return a number of seconds as code."""
    return write.constant(int(value) if float(value).is_integer() else value)
