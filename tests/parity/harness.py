"""What running exported files has in common in all engines. Imports nothing of wfkit."""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

Wanted = dict[str, Any]


def load(path: Path) -> Any:
    """Import an exported file as it is."""
    spec = importlib.util.spec_from_file_location(f"exported_{path.stem}", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def run_folder(version: str, run: Callable[[Path, Wanted], dict[str, Any]], folder: Path) -> None:
    """Run all files of a folder, and write down what came of them."""
    wanted = json.loads((folder / "wanted.json").read_text("utf-8"))
    runs = {name: run(folder / f"{name}.py", it) for name, it in wanted.items()}
    told = {"version": version, "runs": runs}
    (folder / "found.json").write_text(json.dumps(told, indent=1), "utf-8")
