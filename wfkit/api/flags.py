"""Which flags does a verb have, and what do they say? Both are read off a Python signature.

Magics and the command line share this file, so `retries=3` is `--retries 3` everywhere.
"""

from __future__ import annotations

import functools
import inspect
import itertools
import re
import textwrap
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from wfkit.api.words import (
    READERS,
    MissingValue,
    UnexpectedWord,
    UnknownFlag,
    WrongValue,
    shortened,
)
from wfkit.core.errors import did_you_mean

_REQUIRED: Any = inspect.Parameter.empty


@dataclass(frozen=True, slots=True)
class Flag:
    """One flag: `name` as it is typed, the `parameter` it fills, and how its text becomes a value.

    `shape` is one of text, whole, number, switch, list, pairs; `shown` is what stands for its
    value in texts, if not that alone tells it.
    """

    name: str
    parameter: str
    shape: str = "text"
    repeats: bool = False
    none: bool = False
    default: Any = None
    help: str = ""
    shown: str = ""

    @property
    def usage(self) -> str:
        """The flag with the kind of value it takes.

        >>> Flag("--retries", "retries", "whole").usage, Flag("--run-id", "run_id").usage
        ('--retries N', '--run-id RUN-ID')
        """
        if self.shape == "switch":
            return f"{self.name}, {_negated(self.name)}"
        return f"{self.name} {self.placeholder}"

    @property
    def placeholder(self) -> str:
        """What stands for the value."""
        own = self.name.strip("-").upper()
        return self.shown or _PLACEHOLDER.get(self.shape) or own

    def value(self, text: str) -> Any:
        """Return what `text` means for this flag, or raise WrongValue."""
        if self.none and text.casefold() == "none":
            return None
        return READERS[self.shape](self.name, text)


_PLACEHOLDER = {"whole": "N", "number": "NUMBER", "pairs": "NAME=VALUE"}


class Flags:
    """The flags of one command, made from the signature of the function behind it.

    `command` is how the learner spells it. `positional` names the parameters that bare words
    fill, in their order (or is itself what they fill), `without` parameters that get no flag,
    `extra` flags that the function does not have. `by_shell` says that a shell has split the
    words: quotes are gone, and values are whole.

    >>> def run(params: Mapping[str, object] | None = None, seed: int = 0, wait: bool = True):
    ...     "Run it."
    >>> flags = Flags("%dag run", run)
    >>> flags.parse(["--param", "region=all", "--seed", "7", "--no-wait"])
    {'params': {'region': 'all'}, 'seed': 7, 'wait': False}
    """

    def __init__(
        self,
        command: str,
        function: Callable[..., Any],
        *,
        positional: str | Flag | Sequence[str | Flag] = (),
        without: Sequence[str] = (),
        extra: Sequence[Flag] = (),
        summary: Callable[..., Any] | None = None,
        by_shell: bool = False,
    ) -> None:
        self.command = command
        self.by_shell = by_shell
        made = _made(function)
        self.summary = (inspect.getdoc(summary or function) or "").partition("\n")[0]
        places = [positional] if isinstance(positional, str | Flag) else positional
        self.positional = tuple(made[it] if isinstance(it, str) else it for it in places)
        taken = {it.parameter for it in self.positional} | set(without)
        kept = [flag for name, flag in made.items() if name not in taken]
        self._by_name = {flag.name: flag for flag in (*kept, *extra)}

    @property
    def names(self) -> tuple[str, ...]:
        """Every flag as it is typed, `--no-` forms too."""
        off = (_negated(flag.name) for flag in self._by_name.values() if flag.shape == "switch")
        return tuple(sorted((*self._by_name, *off)))

    @property
    def needed(self) -> list[Flag]:
        """The flags that may not be left out."""
        return [flag for flag in self._by_name.values() if flag.default is _REQUIRED]

    def flag(self, name: str) -> Flag | None:
        """Return the flag called `name`, in kebab or snake spelling, if there is one."""
        return self._by_name.get(name.replace("_", "-"))

    def parse(self, words: Sequence[str]) -> dict[str, Any]:
        """Return the arguments that `words` give, by parameter name; nothing else is set.

        Raises UnknownFlag, MissingValue, WrongValue or UnexpectedWord.
        """
        return _Reading(self, words).arguments()

    def help(self) -> str:
        """Return what the command does and every flag with its meaning."""
        words = [(it.parameter.upper(), it.default is _REQUIRED) for it in self.positional]
        places = (f" {word}" if is_needed else f" [{word}]" for word, is_needed in words)
        head = f"{self.command}{''.join(places)}" + (" [flags]" if self._by_name else "")
        usages = {flag.usage: flag for flag in self._by_name.values()}
        width = max(map(len, usages), default=0)
        rows = [_row(usage, width, _meaning(flag)) for usage, flag in usages.items()]
        return "\n".join([head, *([self.summary] if self.summary else []), *rows])


class _Reading:
    """One pass over the words of one command."""

    def __init__(self, flags: Flags, words: Sequence[str]) -> None:
        self._flags = flags
        self._words = list(words)
        self._found: dict[str, Any] = {}
        self._last: tuple[Flag, str] | None = None

    def arguments(self) -> dict[str, Any]:
        while self._words:
            word = self._words.pop(0)
            if word.startswith("--") and word != "--":
                self._take_flag(word)
            else:
                self._take_word(word)
        self._check_places()
        self._check_flags()
        return self._found

    def _check_places(self) -> None:
        missing = self._next_place()
        if missing and missing.default is _REQUIRED:
            kind = "name" if missing.parameter != "file" else "file"
            raise MissingValue(
                f"{self._flags.command} needs a {kind} behind it: "
                f"{self._flags.command} {missing.parameter.upper()}"
            )

    def _check_flags(self) -> None:
        needed = self._flags.needed
        missing = [it for it in needed if it.parameter not in self._found]
        if missing:
            raise MissingValue(
                f"{self._flags.command} needs {' and '.join(it.name for it in missing)}.\n"
                f"Write: {self._flags.command} {' '.join(it.usage for it in needed)}"
            )

    def _next_place(self) -> Flag | None:
        return next((it for it in self._flags.positional if it.parameter not in self._found), None)

    def _take_flag(self, word: str) -> None:
        name, equals, glued = word.partition("=")
        flag = self._flags.flag(name)
        if flag and flag.shape == "switch":
            if equals:
                raise WrongValue(
                    f"{name} takes no value: write {flag.name} or {_negated(flag.name)}."
                )
            self._keep(flag, value=True)
        elif flag:
            self._keep_text(flag, glued if equals else self._next(flag))
        else:
            self._keep(self._switched_off(name), value=False)

    def _switched_off(self, name: str) -> Flag:
        switch = self._flags.flag("--" + name.replace("_", "-").removeprefix("--no-"))
        if name.startswith("--no") and switch and switch.shape == "switch":
            return switch
        raise self._unknown(name)

    def _unknown(self, name: str) -> UnknownFlag:
        names = self._flags.names
        known = f"Flags: {', '.join(names)}." if names else "It takes no flags."
        return UnknownFlag(
            f"{self._flags.command} has no flag {shortened(name)}."
            f"{did_you_mean(name.replace('_', '-'), names)}\n{known}"
        )

    def _next(self, flag: Flag) -> str:
        if self._words and not self._words[0].startswith("--"):
            return self._words.pop(0)
        raise MissingValue(f"{flag.name} stands without its value.\nWrite {flag.usage}")

    def _keep_text(self, flag: Flag, text: str) -> None:
        value = flag.value(text)
        self._last = (flag, text)
        if not flag.repeats:
            self._keep(flag, value)
        elif flag.shape == "pairs":
            self._found.setdefault(flag.parameter, {}).update(value)
        else:
            self._found.setdefault(flag.parameter, []).extend(value)

    def _keep(self, flag: Flag, value: Any) -> None:
        if flag.parameter in self._found:
            raise WrongValue(f"{flag.name} is given twice.\nKeep one of them.")
        self._found[flag.parameter] = value

    def _take_word(self, word: str) -> None:
        place = self._next_place()
        if place and self._is_plain(word):
            self._found[place.parameter] = place.value(word)
            return
        raise self._unexpected(word)

    def _is_plain(self, word: str) -> bool:
        if self._last and not word.isidentifier() and not self._flags.by_shell:
            return False  # more likely the rest of a value that lacks its quotes
        return not word.startswith(("-", "–", "—"))

    def _unexpected(self, word: str) -> UnexpectedWord:
        step = self._advice(word)
        return UnexpectedWord(
            f"{self._flags.command} does not know what to do with {shortened(word)}.{step}"
        )

    def _advice(self, word: str) -> str:
        name = "--" + word.lstrip("-–—").partition("=")[0].replace("_", "-")
        flag = self._flags.flag(name)
        if flag and word != word.lstrip("-–—"):
            return f"\nA flag begins with two plain dashes: {flag.name}"
        if flag and "=" in word:
            return f"\nWrite {flag.name} {word.partition('=')[2]}".rstrip()
        if self._last and not self._flags.by_shell:
            return self._quoting(word)
        return ""

    def _quoting(self, word: str) -> str:
        assert self._last is not None
        flag, text = self._last
        rest = itertools.takewhile(lambda it: not it.startswith("--"), self._words)
        whole = " ".join([text, word, *rest])
        return f'\nIf it belongs to the value, put it in quotes: {flag.name} "{whole}"'


@functools.lru_cache(maxsize=128)
def _made(function: Callable[..., Any]) -> dict[str, Flag]:
    helps = _helps(function)
    parameters = inspect.signature(function).parameters.values()
    return {
        it.name: _flag(it, _spelling(it.annotation, function), *helps.get(it.name, ("", "")))
        for it in parameters
        if it.name != "self" and it.kind in (it.POSITIONAL_OR_KEYWORD, it.KEYWORD_ONLY)
    }


def _flag(parameter: inspect.Parameter, annotation: str, shown: str, text: str) -> Flag:
    shape = _shape(annotation, plural=parameter.name.endswith("s"))
    many = shape in {"list", "pairs"}
    name = parameter.name.removesuffix("s") if many else parameter.name
    return Flag(
        "--" + name.replace("_", "-"),
        parameter.name,
        shape,
        repeats=shape == "pairs" or (many and name != parameter.name),
        none="None" in annotation,
        default=parameter.default,
        help=text,
        shown=shown,
    )


def _spelling(annotation: Any, function: Callable[..., Any]) -> str:
    """Return an annotation as text; one that is the name of a type alias as what it stands for."""
    if isinstance(annotation, str):
        annotation = getattr(function, "__globals__", {}).get(annotation, annotation)
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _shape(annotation: str, plural: bool = False) -> str:
    """Return how a value of this type is written; a `plural` parameter takes several.

    >>> [_shape(a) for a in ("int | None", "bool", "Sequence[str]", "str | Task | Sequence[Task]")]
    ['whole', 'switch', 'list', 'text']
    """
    kinds = {
        re.sub(r"\[.*", "", part).strip().rpartition(".")[2]
        for part in _ALTERNATIVES.findall(annotation)
    }
    kinds -= {"None"}
    if kinds & _PAIRS:
        return "pairs"
    if kinds & _LISTS and (plural or "str" not in kinds):
        return "list"
    if kinds == {"bool"}:
        return "switch"
    if kinds == {"int"}:
        return "whole"
    return "number" if kinds and kinds <= {"int", "float"} else "text"


_ALTERNATIVES = re.compile(r"(?:[^|\[]|\[(?:[^\[\]]|\[(?:[^\[\]]|\[[^\[\]]*\])*\])*\])+")
_PAIRS = {"Mapping", "dict", "MutableMapping"}
_LISTS = {"Sequence", "Iterable", "Collection", "list", "tuple", "set", "frozenset"}


def _helps(function: Callable[..., Any]) -> dict[str, tuple[str, str]]:
    """Return what stands in brackets and behind each name in the docstring's `Args:` section."""
    doc = inspect.getdoc(function) or ""
    section = re.search(r"^Args:\n((?:[ ]+.*\n?|\n)+)", doc, re.MULTILINE)
    found: dict[str, tuple[str, str]] = {}
    name = ""
    for line in (section[1] if section else "").splitlines():
        entry = re.match(r"    (\w+)(?: \(([^)]*)\))?: (.*)", line)
        if entry:
            name = entry[1]
            found[name] = (entry[2] or "", entry[3].strip())
        elif name and line.strip():
            shown, text = found[name]
            found[name] = (shown, f"{text} {line.strip()}")
    return found


def _row(usage: str, width: int, meaning: str) -> str:
    first, *more = textwrap.wrap(meaning, _WIDEST - width) or [""]
    return "\n".join(
        [f"  {usage:<{width}}  {first}".rstrip(), *(" " * (width + 4) + it for it in more)]
    )


_WIDEST = 92


def _meaning(flag: Flag) -> str:
    empty = (None, "", (), False, 0, "default", _REQUIRED)
    if any(flag.default is it or flag.default == it for it in empty):
        return flag.help
    shown = flag.name if flag.default is True else flag.default
    text = f"{shown:g}" if isinstance(shown, float) else str(shown)
    return f"{flag.help} (default: {text})".strip()


def _negated(name: str) -> str:
    return "--no-" + name.removeprefix("--")
