"""Are all packages there that lessons need, in versions that fit?"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING, NamedTuple

from wfkit.teach.doctor.finding import Around, Finding, Level, pip_install, this_python
from wfkit.teach.lessons import clone_root

if TYPE_CHECKING:
    from packaging.requirements import Requirement

_NAME, _WFKIT, _EXTRA = "packages", "wfkit", "learn"
_MOST = 8


class _Wish(NamedTuple):
    """What package `by` asks for, and the version that was found, None if it is missing."""

    by: str
    wanted: Requirement
    found: str | None

    @property
    def spelt(self) -> str:
        """The package with its range, as pip takes it."""
        return f"{self.wanted.name}{self.wanted.specifier}"


def packages(around: Around) -> Iterator[Finding]:
    """Check what wfkit asks for, and what that asks for in its turn."""
    try:
        wishes = list(_wishes())
    except metadata.PackageNotFoundError:
        yield Finding(_NAME, Level.FAILED, "wfkit is not installed in this Python", _wfkit(around))
        return
    # Asked for with several extras, a package repeats its other wishes.
    bad = list(dict.fromkeys(it for wish in wishes for it in _judged(wish, around)))
    yield from bad[:_MOST]
    if len(bad) > _MOST:
        told = f"{len(bad) - _MOST} more are missing or do not fit"
        step = pip_install(f"{_WFKIT}[{_EXTRA}]", around)
        yield Finding(_NAME, Level.FAILED, told, (f"All at once: {step}",))
    if not bad:
        count = len({wish.wanted.name.lower() for wish in wishes})
        yield Finding(_NAME, Level.OK, f"all {count} are there, in versions that fit")


def needed_names() -> set[str]:
    """Return the names of all packages that lessons need, as they are imported in most cases."""
    return {wish.wanted.name.lower().replace("-", "_") for wish in _wishes()}


def _wishes() -> Iterator[_Wish]:
    """Yield each thing that is asked for, once for each package that asks."""
    first = (_WFKIT, frozenset({_EXTRA}))
    waiting, seen = [first], {first}
    version = cache(_version)
    while waiting:
        name, extras = waiting.pop()
        for wanted in _requirements(name, extras):
            found = version(wanted.name)
            yield _Wish(name, wanted, found)
            following = (wanted.name.lower(), frozenset(wanted.extras))
            if found and following not in seen:
                seen.add(following)
                waiting.append(following)


def _requirements(package: str, extras: frozenset[str]) -> Iterator[Requirement]:
    from packaging.requirements import Requirement

    for text in metadata.requires(package) or ():
        wanted = Requirement(text)
        marker = wanted.marker
        if marker is None or any(marker.evaluate({"extra": it}) for it in ("", *extras)):
            yield wanted


def _judged(wish: _Wish, around: Around) -> Iterator[Finding]:
    name, found = wish.wanted.name, wish.found
    step = (pip_install(wish.spelt, around),)
    if found is None:
        told = f"{name} is missing, {wish.by} needs it"
        yield Finding(_NAME, Level.FAILED, told, step)
    elif not wish.wanted.specifier.contains(found, prereleases=True):
        told = f"{name} is {found}, {wish.by} needs {wish.wanted.specifier}"
        # What others ask of each other may still work; what wfkit asks for was tried.
        yield Finding(_NAME, Level.FAILED if wish.by == _WFKIT else Level.WARNING, told, step)


def _version(name: str) -> str | None:
    try:
        found: str | None = metadata.version(name)  # None where its folder is damaged
    except metadata.PackageNotFoundError:
        return None
    return found


def _wfkit(around: Around) -> tuple[str, ...]:
    clone = clone_root()
    if clone is None:
        return (pip_install(f"{_WFKIT}[{_EXTRA}]", around),)
    return (f'{this_python(around)} -m pip install --editable "{clone}[{_EXTRA}]"',)
