"""How does a worker process become like the process that it works for?"""

from __future__ import annotations

import contextlib
import importlib.util
import linecache
import logging
import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType

from wfkit.engine.footprint import put_environment
from wfkit.engine.shipping import FOREIGN, Setting


class Settler:
    """Takes over settings, one after another, and knows when the process is too old for one."""

    def __init__(self) -> None:
        self._finder = _Finder()
        self._seen: set[str] = set()
        self._files: dict[str, int | None] = {}
        self._sources: set[str] = set()
        sys.meta_path.append(self._finder)

    def is_stale(self) -> bool:
        """Return True if a module was edited after it was imported here."""
        return any(_changed(file) != before for file, before in self._files.items())

    def look_at_modules(self) -> None:
        """Note which modules were imported since, and of what age they are."""
        if len(sys.modules) == len(self._seen):
            return
        for name in sys.modules.keys() - self._seen:
            file = getattr(sys.modules.get(name), "__file__", None)
            if file and not file.startswith(FOREIGN):
                self._files[file] = _changed(file)
        self._seen = set(sys.modules)

    def settle(self, setting: Setting) -> None:
        """Take over the setting."""
        sys.path[:] = setting.path
        sys.argv[:] = setting.arguments
        put_environment(dict(setting.environment))
        with contextlib.suppress(OSError):
            os.chdir(setting.folder)
        self._finder.modules = setting.modules
        for name in self._sources:
            linecache.cache.pop(name, None)
        for name, lines in setting.sources.items():
            linecache.cache[name] = (sum(map(len, lines)), None, lines, name)
        self._sources = set(setting.sources)
        warnings.resetwarnings()
        warnings.filters[:] = setting.filters  # type: ignore[index]
        for name, level in setting.levels.items():
            logging.getLogger(name or None).setLevel(level)


def _changed(file: str) -> int | None:
    try:
        return os.stat(file).st_mtime_ns  # noqa: PTH116 - a hundred of them at a time
    except OSError:
        return None


class _Finder(MetaPathFinder):
    """Finds modules that the other process has, where the ordinary way does not lead to them."""

    def __init__(self) -> None:
        self.modules: Mapping[str, tuple[str | None, list[str] | None]] = {}

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name not in self.modules:
            return None
        file, folders = self.modules[name]
        if file is not None:
            return importlib.util.spec_from_file_location(
                name, file, submodule_search_locations=folders
            )
        spec = ModuleSpec(name, None, is_package=True)
        spec.submodule_search_locations = folders
        return spec
