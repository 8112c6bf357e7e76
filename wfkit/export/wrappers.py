"""What goes around the function of a task, the same for several engines?"""

from __future__ import annotations

import ast
from collections.abc import Iterator

from wfkit.export import expressions as write
from wfkit.export.carried import Toolkit
from wfkit.export.script import Script
from wfkit.export.wiring import seconds


def promised(script: Script, name: str) -> Iterator[ast.expr]:
    """Yield the decorator that checks what the task promises of its result, if it does."""
    promise = script.plan.carried.promises.get(name)
    if promise is not None and not isinstance(promise, Toolkit):
        yield write.call(script.part("ensures"), write.name(script.resolve(promise)))


def choosing(script: Script, name: str) -> Iterator[ast.expr]:
    """Yield the decorator that checks what a branch chooses, if the task is one."""
    if script.plan.options(name).branch:
        names = [write.constant(it) for it in script.plan.graph.downstream[name]]
        yield write.call(script.part("chooses"), *names)


def polled(script: Script, name: str) -> Iterator[ast.expr]:
    """Yield the decorator that calls a sensor again and again, if the task is one."""
    options = script.plan.options(name)
    if options.sensor:
        limit = options.wait_timeout
        named = {} if limit is None else {"wait_timeout": seconds(limit)}
        yield write.call(script.part("polled"), seconds(options.poke_interval), **named)
