"""Hostile names, params and docstrings: files say what they should, and do nothing else."""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.export.written import imported, module
from wfkit.api.dag import Dag
from wfkit.core.errors import InvalidTask
from wfkit.core.task import checked_name, task
from wfkit.export.expressions import quoted, written
from wfkit.export.literals import literal

CANARY = "canary.txt"
ATTACK = f"__import__('pathlib').Path({CANARY!r}).write_text('dead')"
HOSTILE = st.sampled_from(
    [
        f'"""\n{ATTACK}\n"""',
        f"'''\n{ATTACK}\n'''",
        f'"; {ATTACK}; "',
        f"'); {ATTACK}; ('",
        f"\\\n{ATTACK}",
        f"\r{ATTACK}",
        f"\u2028{ATTACK}\x0c",
        f"{{{{ {ATTACK} }}}}",
        f"{{% {ATTACK} %}}",
        f"{{{ATTACK}}}",
        f"# -*- coding: utf-7 -*-\n{ATTACK}",
        "\u202e\u200b\0\x1b[31m",
        '\\"""',
        "ends with a backslash\\",
        "\ud800",
    ]
)
TEXT = st.one_of(HOSTILE, st.text(max_size=30))
TAKEN = ["task", "dag", "flow", "dg", "pd", "timedelta", "datetime", "Params", "context", "config"]
TAKEN += [
    "params_",
    "ti",
    "ds",
    "conf",
    "begin",
    "step",
    "verdict",
    "Delays",
    "defs",
    "tags",
    "run",
]


def _is_name(text: str) -> bool:
    try:
        return checked_name(text) == text
    except InvalidTask:
        return False


NAME = st.one_of(
    st.sampled_from(TAKEN),
    st.from_regex(r"[a-z][a-z0-9_]{0,12}", fullmatch=True),
    st.from_regex(r"[^\W\d_]\w{0,8}", fullmatch=True),
).filter(_is_name)
VALUE = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=False),
        TEXT,
        st.binary(max_size=8),
        st.dates(),
        st.datetimes(),
        st.timedeltas(),
        st.decimals(allow_nan=False),
    ),
    lambda part: st.one_of(
        st.lists(part, max_size=3),
        st.dictionaries(TEXT, part, max_size=3),
        st.tuples(part, part),
    ),
    max_leaves=5,
)
RULES = st.sampled_from(["all_success", "all_success", "all_done", "none_failed"])


@st.composite
def dags(draw: st.DrawFn) -> tuple[Dag, dict[str, str]]:
    """Draw a Dag with what its tasks say in their docstrings."""
    contexts = {"logical_date", "data_interval_start", "data_interval_end", "run_id"}
    contexts |= {"attempt", "params", "files"}
    unique = st.lists(
        NAME.filter(lambda it: it not in contexts), min_size=9, max_size=24, unique_by=str.casefold
    )
    dag_name, *names = draw(unique)
    count = draw(st.integers(1, 6))
    params = {it: draw(VALUE) for it in names[count:]}
    docs = {name: draw(TEXT) for name in names[:count]}
    found = []
    for number, name in enumerate(names[:count]):
        above = names[:number][-2:]
        takes = [*above, *draw(st.lists(st.sampled_from(list(params)), max_size=2, unique=True))]
        body = f"    {docs[name]!r}\n    return [{', '.join([*takes, '0'])}]\n"
        made = module(f"def {name}({', '.join(takes)}):\n{body}")[name]
        options: dict[str, Any] = {"trigger_rule": draw(RULES)}
        for option in ("group", "pool"):
            label = draw(st.none() | TEXT)
            if label and label.strip():
                options[option] = label
        found.append(task(**options)(made))
    pools = {it.options.pool: 1 for it in found if it.options.pool is not None}
    tags = draw(st.lists(TEXT, max_size=2))
    return Dag(dag_name, found, params=params, pools=pools, tags=tags), docs


SEEN: Counter[str] = Counter()


def check(drawn: tuple[Dag, dict[str, str]]) -> None:
    """Look at the three files of a Dag, and import them."""
    dag, docs = drawn
    SEEN["names"] += 1 + len(docs) + len(dag.params)
    SEEN["params"] += len(dag.params)
    SEEN["docstrings"] += len(docs)
    for it in dag.export().files:
        engine, text = it.engine, it.source
        text.encode("utf-8")
        tree = ast.parse(text)
        functions = {it.name: it for it in tree.body if isinstance(it, ast.FunctionDef)}
        sections = {part.task: part for part in it.sections if part.task}
        assert sections.keys() == docs.keys()
        for name, section in sections.items():
            (defined,) = ast.parse(section.text).body
            assert isinstance(defined, ast.FunctionDef)
            assert defined.name in functions
            assert ast.get_docstring(defined, clean=False) == docs[name]
            assert engine == "dagster" or defined.name == name
        assert list(_unexpected(tree)) == []
        imported(text)


def _unexpected(tree: ast.Module) -> Iterator[str]:
    """Yield the top-level statements that no exporter writes."""
    kinds = ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Assign
    for it in tree.body:
        is_main = isinstance(it, ast.If) and "__name__" in ast.unparse(it.test)
        if not isinstance(it, kinds) and not is_main:
            yield ast.unparse(it)
        for node in ast.walk(it):
            if isinstance(node, ast.Name) and node.id == "__import__" and isinstance(it, kinds):
                yield ast.unparse(it)


@pytest.mark.parametrize(
    ("examples", "things"),
    [
        pytest.param(6, 60, marks=pytest.mark.slow(2)),
        pytest.param(450, 10_000, marks=pytest.mark.long),
    ],
)
def test_hostile_names_params_and_docstrings(
    examples: int,
    things: int,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    measured: Callable[[str], None],
) -> None:
    monkeypatch.chdir(tmp_path)
    canary = tmp_path / CANARY
    canary.write_text("alive", "utf-8")
    SEEN.clear()
    looks = settings(max_examples=examples, suppress_health_check=list(HealthCheck))
    looks(given(drawn=dags())(check))()
    assert canary.read_text("utf-8") == "alive"
    assert sum(SEEN.values()) >= things, SEEN
    measured(f"exported: {', '.join(f'{count:,} {what}' for what, count in SEEN.items())}")


@settings(max_examples=40)
@given(VALUE)
def test_a_value_is_written_as_code_that_makes_it(value: object) -> None:
    modules: list[str] = []

    def use(home: str, name: str) -> str:
        modules.append(f"from {home} import {name}")
        return name

    text = written(literal(value, use))
    names: dict[str, Any] = {}
    exec("\n".join([*modules, f"found = {text}"]), names)
    assert repr(names["found"]) == repr(value)


@settings(max_examples=60)
@given(TEXT)
def test_a_text_is_quoted_as_code_that_makes_it(text: str) -> None:
    assert ast.literal_eval(quoted(text)) == text
    assert "\n" not in quoted(text)


def test_the_canary_would_be_seen(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    imported(f"{ATTACK}\n")
    assert (tmp_path / CANARY).read_text("utf-8") == "dead"
    assert list(_unexpected(ast.parse(ATTACK))) == [ATTACK]
