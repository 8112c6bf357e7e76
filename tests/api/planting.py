# ruff: noqa: T201 - prints are what may give a secret away
"""Two hundred secrets, and a task that lets each of them out in every way there is."""

from __future__ import annotations

import json
import logging
import random
import string
import sys
import warnings
from collections.abc import Callable, Sequence
from typing import NamedTuple

from wfkit import Secret
from wfkit.engine import capture

LETTERS = string.ascii_letters + string.digits


class Planted(NamedTuple):
    """A secret, the texts in which it is let out, and whether it was made a Secret before."""

    secret: str
    texts: tuple[str, ...]
    is_known: bool = False


def planted(seed: int = 7, count: int = 200) -> list[Planted]:
    """Return secrets that are known, secrets with a name, and secrets of a known format."""
    draw = random.Random(seed)
    kinds = [_known, _named, _formatted]
    return [kinds[number % 3](draw, number // 3) for number in range(count)]


def _word(draw: random.Random, length: int = 16, letters: str = LETTERS) -> str:
    return "".join(draw.choice(letters) for _ in range(length))


def _known(draw: random.Random, number: int) -> Planted:
    odd = ["", " ", "'", '"', "<&>", "%/", "é", "\\", "\n" + _word(draw)][number % 9]
    secret = f"{_word(draw, 10)}{odd}{_word(draw, 8)}"
    return Planted(secret, (secret, f"got {secret} back", json.dumps({"x": secret})), True)


NAMES: Sequence[Callable[[str], str]] = (
    lambda it: f"password={it}",
    lambda it: f"{{'db_password': '{it}', 'user': 'shop'}}",
    lambda it: json.dumps({"auth": {"apiKey": it}}),
    lambda it: f"https://api.example.com/v1?token={it}&page=2",
    lambda it: f"Authorization: Bearer {it}",
    lambda it: f"--client-secret {it}",
    lambda it: f"AccountName=shop;AccountKey={it};",
    lambda it: f"<password>{it}</password>",
)


def _named(draw: random.Random, number: int) -> Planted:
    secret = _word(draw)
    return Planted(secret, (NAMES[number % len(NAMES)](secret),))


FORMATS: Sequence[Callable[[random.Random], tuple[str, str]]] = (
    lambda draw: _same(f"AKIA{_word(draw, 16, string.ascii_uppercase)}"),
    lambda draw: _same(f"ghp_{_word(draw, 36)}"),
    lambda draw: _same(f"xoxb-{_word(draw, 12, string.digits)}-{_word(draw, 24)}"),
    lambda draw: _same(f"eyJ{_word(draw, 20)}.{_word(draw, 30)}.{_word(draw, 40)}"),
    lambda draw: _same(f"sk-proj-{_word(draw, 40)}"),
    lambda draw: _in("https://hooks.slack.com/services/T0/B0/{}", _word(draw, 24)),
    lambda draw: _in("postgres://shop:{}@db:5432/sales", _word(draw)),
    lambda draw: _in("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----", _word(draw, 64)),
)


def _same(secret: str) -> tuple[str, str]:
    return secret, secret


def _in(text: str, secret: str) -> tuple[str, str]:
    return secret, text.format(secret)


def _formatted(draw: random.Random, number: int) -> Planted:
    secret, text = FORMATS[number % len(FORMATS)](draw)
    return Planted(secret, (text, f"sent to {text}"))


def let_out(leaks: Sequence[Planted]) -> None:
    """Let secrets out as a careless task does, and fail with all of them."""
    log = logging.getLogger("shop")
    for it in leaks:
        if it.is_known:
            Secret(it.secret)
        for text in it.texts:
            _print(text)
            log.warning("seen %s", text)
            try:
                _fail(text)
            except ValueError:
                log.exception("it failed")
            sys.stderr.write(warnings.formatwarning(text, UserWarning, "shop.py", 3))
            here = capture.current()
            assert here is not None
            here.display({"text/plain": text, "text/html": f"<b>{text}</b>"}, {"note": {"x": text}})
    raise RuntimeError("\n".join(it.texts[0] for it in leaks))


def _fail(text: str) -> None:
    raise ValueError(text)


def _print(text: str) -> None:
    print(text)
    for part in (text[:7], text[7:], "\n"):
        print(part, end="", flush=True)
    print([{"deep": (text,)}])
    print(text.encode())
    print(text, file=sys.stderr, end="\r")
    sys.stdout.writelines(["(", text, ")\n"])
