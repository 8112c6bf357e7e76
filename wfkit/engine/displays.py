"""What does `display` mean in a worker process, where no notebook listens?

What is displayed becomes a mime bundle among the lines of the attempt, as it does in a notebook.
Nothing of IPython is imported here: only if a task does so, its `display` is replaced.
"""

from __future__ import annotations

import base64
import builtins
import importlib.util
import io
import sys
from collections.abc import Mapping, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import Any

from wfkit.engine import capture

_FORMS: dict[str, Any] = {"_repr_json_": object, "_repr_mimebundle_": tuple | Mapping}
_HOME = "IPython.core.display_functions"
_METHODS = {
    "text/html": "_repr_html_",
    "text/markdown": "_repr_markdown_",
    "text/latex": "_repr_latex_",
    "image/svg+xml": "_repr_svg_",
    "image/png": "_repr_png_",
    "image/jpeg": "_repr_jpeg_",
    "application/json": "_repr_json_",
}


def install() -> None:
    """Make `display` known everywhere, as a notebook does, and catch that of IPython."""
    builtins.display = display  # type: ignore[attr-defined]
    sys.meta_path.insert(0, _Finder())


def display(*things: Any, raw: bool = False, metadata: Any = None, **_: Any) -> None:
    """Display things in the best form they have; a mime bundle with `raw`."""
    for thing in things:
        publish(thing if raw else bundle(thing), metadata)


def publish(data: Mapping[str, Any], metadata: Any = None, **_: Any) -> None:
    """Let the attempt that runs here take in a mime bundle; print it where there is none."""
    here = capture.current()
    if here is None:
        sys.stdout.write(f"{data.get('text/plain', '')}\n")
    else:
        here.display(data, metadata)


def bundle(thing: Any) -> dict[str, Any]:
    """Return the forms that a thing has, by mime type; one that fails is left out.

    >>> bundle("orders")
    {'text/plain': "'orders'"}
    """
    found = {"text/plain": _form(thing, "__repr__") or f"<{type(thing).__name__}>"}
    for mime, method in _METHODS.items():
        form = _form(thing, method)
        if form is not None:
            found[mime] = form
    several = _form(thing, "_repr_mimebundle_")
    if isinstance(several, tuple):
        several = several[0]
    if isinstance(several, Mapping):
        found.update({mime: _as_text(form) for mime, form in several.items()})
    if type(thing).__module__.startswith("matplotlib.") and hasattr(thing, "savefig"):
        found["image/png"] = _png(thing)
    return found


def _form(thing: Any, method: str) -> Any:
    if isinstance(thing, type):
        return repr(thing) if method == "__repr__" else None
    try:
        form = getattr(thing, method)()
    except Exception:  # noqa: BLE001 - any class may fail to describe itself
        return None
    return _as_text(form) if isinstance(form, _FORMS.get(method, str | bytes)) else None


def _as_text(form: Any) -> Any:
    return base64.b64encode(form).decode() if isinstance(form, bytes) else form


def _png(figure: Any) -> str:
    image = io.BytesIO()
    figure.savefig(image, format="png", bbox_inches="tight")
    return base64.b64encode(image.getvalue()).decode()


class _Finder(MetaPathFinder):
    """Waits for the one import that matters, then steps aside."""

    def find_spec(
        self, name: str, path: Sequence[str] | None = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        if name != _HOME:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        if spec is not None and spec.loader is not None:
            spec.loader = _Patching(spec.loader)
        return spec


class _Patching(Loader):
    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        module.display = display  # type: ignore[attr-defined]
        module.publish_display_data = publish  # type: ignore[attr-defined]
