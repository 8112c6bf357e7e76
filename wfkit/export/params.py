"""How do the params of a Dag get into the file, where only JSON can be given to a run?"""

from __future__ import annotations

import ast
from collections.abc import Iterable
from collections.abc import Set as AbstractSet
from datetime import date, datetime
from typing import Any, NamedTuple

from wfkit.core.secret import Secret
from wfkit.export import expressions as write
from wfkit.export.carried import CannotExport
from wfkit.export.literals import CannotWrite, is_json, literal
from wfkit.export.script import Script


class Param(NamedTuple):
    """A param: its default as JSON (None for what cannot be given), and how it is read.

    `reading` has {} in place of what was given.
    """

    default: ast.expr | None
    reading: str


def json_param(script: Script, name: str, value: Any) -> Param:
    """Return how a param is written where a run takes JSON alone.

    Raises CannotExport for a value that has no form as code.
    """
    if isinstance(value, Secret):
        return Param(None, secret(script, name))
    if is_json(value):
        return Param(literal(value, script.use), "{}")
    if type(value) in (date, datetime):
        kind = script.use("datetime", type(value).__name__)
        return Param(write.constant(value.isoformat()), f"{kind}.fromisoformat({{}})")
    if type(value) in (tuple, set, frozenset) and is_json(list(value)):
        items = value if type(value) is tuple else sorted(value, key=repr)
        return Param(literal(list(items), script.use), f"{type(value).__name__}({{}})")
    called = script.constant(name.upper(), plain_param(script, name, value))
    script.note(f"Param {name} is no JSON, so it is a constant here: no run can be given another.")
    return Param(None, called)


def other_names(
    script: Script, reserved: AbstractSet[str], params: Iterable[str]
) -> dict[str, str]:
    """Return what each param is called where some names cannot be fields or arguments."""
    found = {}
    for name in params:
        if name in reserved or name.startswith(("_", "model_")):
            found[name] = script.names.fresh(f"{name.lstrip('_')}_")
            script.note(f"Param {name} is called {found[name]}: the name is taken here.")
        else:
            found[name] = name
    return found


def plain_param(script: Script, name: str, value: Any) -> ast.expr:
    """Return the default of a param as code. Raises CannotExport where it has none."""
    try:
        return literal(value, script.use)
    except CannotWrite as cause:
        raise CannotExport(
            f'the param "{name}" cannot be exported: {cause}\nGive it plain data.'
        ) from None


def secret(script: Script, name: str) -> str:
    """Return the code that reads a secret, which is never written into a file."""
    variable = f"{script.plan.name}_{name}".upper()
    script.note(f"Param {name} is a secret: it is read from the environment variable {variable}.")
    environment = script.use("os", "environ")
    return f"{script.tools['Secret']()}({environment}[{write.quoted(variable)}])"
