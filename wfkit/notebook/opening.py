"""Which Dag of a file does a command mean, and from which folder does it run?"""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from wfkit.api.dag import Dag
from wfkit.core.errors import InvalidOption, did_you_mean
from wfkit.notebook.loading import folder_of, load


@contextlib.contextmanager
def opened(file: str, options: dict[str, Any]) -> Iterator[Dag]:
    """Load the Dag that `--dag` chooses, and be where the relative paths in its file start."""
    name = options.pop("dag", None)
    with loaded(file, options) as dags:
        yield chosen(file, dags, name)


@contextlib.contextmanager
def loaded(file: str, options: dict[str, Any]) -> Iterator[Mapping[str, Dag]]:
    """Load the Dags of a file, and be where the relative paths in it start."""
    path = Path(file).expanduser()
    if options.get("store", "default") not in ("default", None):
        options["store"] = Path(options["store"]).expanduser().absolute()
    folder, path = folder_of(path), path.absolute()
    with contextlib.chdir(folder):
        dags, not_started, strangers = load(path)
        if not_started:
            _tell(f"Left out, because ____ waits in them: {', '.join(not_started)}.")
        if strangers:
            names = ", ".join(strangers)
            _tell(f"No alert goes to {names}, which only the notebook makes: write an address.")
        yield dags


def chosen(file: str, dags: Mapping[str, Dag], name: str | None) -> Dag:
    """Return the Dag of that name, or the only one.

    Raises InvalidOption where there is none, or where a choice is to be made.
    """
    if name is None and len(dags) == 1:
        return next(iter(dags.values()))
    if name is not None and name in dags:
        return dags[name]
    if not dags:
        raise InvalidOption(f"{file} declares no Dag.\nDeclare one: %dag new NAME, or dag = Dag(…)")
    cause = f'has no Dag "{name}".{did_you_mean(name, dags)}' if name else "declares several Dags."
    raise InvalidOption(f"{file} {cause}\nChoose one: {', '.join(f'--dag {it}' for it in dags)}")


def _tell(text: str) -> None:
    sys.stderr.write(f"{text}\n")
