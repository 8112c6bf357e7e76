import inspect
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

import pytest

from wfkit.api.flags import Flag, Flags
from wfkit.api.words import (
    MissingValue,
    UnexpectedWord,
    UnknownFlag,
    WrongValue,
    is_blank,
    split,
)
from wfkit.core.errors import InvalidOption
from wfkit.core.task import task

Moment = str | timedelta | None


def verb(
    name: str,
    *,
    schedule: str | None = None,
    catchup: bool = False,
    retries: int = 0,
    backoff: float = 1.0,
    retry_delay: float | str | timedelta = 0.0,
    params: Mapping[str, object] | None = None,
    faults: Sequence[str] = (),
    only: Sequence[str] | None = None,
    after: str | Sequence[str] = (),
    tags: str | Sequence[str] = (),
    start: "Moment" = None,
) -> None:
    """Do a thing.

    More about it.

    Args:
        name: what it is called.
        schedule: when it is due,
            in cron's words.
        start (DATE): when it begins.
        retries: extra attempts.
        backoff: factor by which the pause grows.

    Raises:
        Nothing: ever.
    """


def report(orders: list[int]) -> None: ...


FLAGS = Flags("%verb", verb, positional="name")


def parse(line: str) -> dict[str, Any]:
    return FLAGS.parse(split(line))


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("x", {}),
        ("x  # a comment -- with 'quotes", {}),
        ("x --retries 3", {"retries": 3}),
        ("x --retries=3", {"retries": 3}),
        ("x --retries -3", {"retries": -3}),
        ("--retries 3 x", {"retries": 3}),
        ("x --backoff 2", {"backoff": 2.0}),
        ("x --retry-delay 30s", {"retry_delay": "30s"}),
        ("x --retry_delay 30s", {"retry_delay": "30s"}),
        ("x --catchup", {"catchup": True}),
        ("x --no-catchup", {"catchup": False}),
        ("x --no_catchup", {"catchup": False}),
        ('x --schedule "30 1 * * *" --catchup', {"schedule": "30 1 * * *", "catchup": True}),
        ("x --schedule '@daily' # why", {"schedule": "@daily"}),
        ("x --schedule none", {"schedule": None}),
        ("x --param region=all --param vat=0.2", {"params": {"region": "all", "vat": 0.2}}),
        ("x --param a=b=c --param on=True", {"params": {"a": "b=c", "on": True}}),
        ("x --param day=1997-01-01 --param s='7'", {"params": {"day": "1997-01-01", "s": 7}}),
        ("x --fault orders:2 --fault a:1,b:always", {"faults": ["orders:2", "a:1", "b:always"]}),
        ("x --only orders,revenue", {"only": ["orders", "revenue"]}),
        ("x --after a,b", {"after": "a,b"}),
        ("x --tag shop --tag night,hard", {"tags": ["shop", "night", "hard"]}),
        ("x --start 1997-01-01", {"start": "1997-01-01"}),
        ("x --start none", {"start": None}),
        ("x\n--retries 3  # first\n--catchup", {"retries": 3, "catchup": True}),
        (r"x --schedule C:\drops\in#1", {"schedule": r"C:\drops\in#1"}),
    ],
)
def test_parse_reads_what_is_written(line: str, expected: dict[str, Any]) -> None:
    assert parse(line) == {"name": "x", **expected}


@pytest.mark.parametrize(
    ("line", "error", "message"),
    [
        (
            "x --retires 3",
            UnknownFlag,
            '%verb has no flag --retires. Did you mean "--retries"?\nFlags: --after, --backoff, ',
        ),
        ("x --retri 3", UnknownFlag, "Did you mean"),
        ("x --no-retries", UnknownFlag, "no flag --no-retries"),
        ("x --nocatchup", UnknownFlag, 'Did you mean "--no-catchup"?'),
        ("x --params a=1", UnknownFlag, 'Did you mean "--param"?'),
        ("x --retries", MissingValue, "--retries stands without its value.\nWrite --retries N"),
        ("x --retries --catchup", MissingValue, "--retries stands without its value."),
        ("x --only ,", MissingValue, "--only stands without its value."),
        ("--retries 3", MissingValue, "%verb needs a name behind it: %verb NAME"),
        ("x --retries three", WrongValue, '--retries takes a whole number, not "three".'),
        ("x --retries 1.5", WrongValue, '--retries takes a whole number, not "1.5".'),
        ("x --retries 1__0", WrongValue, "--retries takes a whole number"),
        ("x --backoff two", WrongValue, '--backoff takes a number, not "two".'),
        ("x --param region", WrongValue, "a name and a value with = between them"),
        ("x --param =3", WrongValue, "a name and a value with = between them"),
        ("x --catchup=yes", WrongValue, "write --catchup or --no-catchup."),
        ("x --retries 1 --retries 2", WrongValue, "--retries is given twice."),
        ("x --catchup --no-catchup", WrongValue, "is given twice."),
        ('x --schedule "30 1', WrongValue, "a quote is opened and never closed"),
        (
            "x --schedule 30 1 * * * --catchup",
            UnexpectedWord,
            '1.\nIf it belongs to the value, put it in quotes: --schedule "30 1 * * *"',
        ),
        ("x --schedule every 1h", UnexpectedWord, 'put it in quotes: --schedule "every 1h"'),
        ("x -retries 3", UnexpectedWord, "begins with two plain dashes: --retries"),
        ("x —retries 3", UnexpectedWord, "begins with two plain dashes: --retries"),
        ("x retries=3", UnexpectedWord, "Write --retries 3"),
        ("x y", UnexpectedWord, "%verb does not know what to do with y."),
        ("x --", UnexpectedWord, "does not know what to do with --"),
        ("x --\u202enull 3", UnknownFlag, r"no flag --\u202enull."),
        ("x --" + "a" * 5_000, UnknownFlag, "a..."),
    ],
)
def test_parse_refuses_what_it_does_not_understand(
    line: str, error: type[InvalidOption], message: str
) -> None:
    with pytest.raises(InvalidOption) as caught:
        parse(line)
    assert type(caught.value) is error
    assert message in str(caught.value)
    assert len(str(caught.value).splitlines()) <= 3


def test_parse_returns_only_what_is_given() -> None:
    assert parse("x") == {"name": "x"}


def test_a_command_without_flags_says_so() -> None:
    def reset() -> None: ...

    with pytest.raises(UnknownFlag, match=r"^%reset has no flag --all\.\nIt takes no flags\.$"):
        Flags("%reset", reset).parse(["--all"])


def test_extra_and_left_out_flags() -> None:
    extra = Flag("--dag", "dag", help="the Dag it belongs to")
    flags = Flags("%%task", verb, without=("name", "schedule"), extra=[extra])
    assert flags.parse(["--dag", "sales"]) == {"dag": "sales"}
    with pytest.raises(UnknownFlag):
        flags.parse(["--schedule", "@daily"])
    with pytest.raises(UnexpectedWord):
        flags.parse(["sales"])


def test_self_is_no_flag() -> None:
    class Thing:
        def run(self, seed: int = 0) -> None: ...

    assert Flags("%thing run", Thing.run).names == ("--seed",)


def test_help_tells_every_flag_with_its_meaning() -> None:
    lines = FLAGS.help().splitlines()
    assert lines[:2] == ["%verb NAME [flags]", "Do a thing."]
    assert "  --schedule SCHEDULE        when it is due, in cron's words." in lines
    assert "  --retries N                extra attempts." in lines
    assert "  --backoff NUMBER           factor by which the pause grows. (default: 1)" in lines
    assert "  --catchup, --no-catchup" in lines
    assert "  --start DATE               when it begins." in lines
    assert "  --only ONLY" in lines


def test_help_says_what_is_so_without_a_flag() -> None:
    def learn(store: str = "default", browser: bool = True, limit: int = 0) -> None:
        """Learn.

        Args:
            store: where history is.
            browser: open a window.
            limit: how many.
        """

    assert Flags("learn", learn).help().splitlines()[2:] == [
        "  --store STORE            where history is.",
        "  --browser, --no-browser  open a window. (default: --browser)",
        "  --limit N                how many.",
    ]


def test_a_long_help_goes_on_below_itself() -> None:
    def learn(store: str = "") -> None:
        pass

    learn.__doc__ = f"Learn.\n\nArgs:\n    store: {'word ' * 30}end."
    rows = Flags("learn", learn).help().splitlines()[2:]
    assert len(rows) == 2
    assert rows[1].startswith(" " * 17 + "word")
    assert max(map(len, rows)) <= 100


def explain(task: str | None = None, run_id: str | None = None) -> None: ...


def test_several_bare_words_go_to_their_places_in_order() -> None:
    file = Flag("FILE", "file", default=inspect.Parameter.empty)
    flags = Flags("wfkit explain", explain, positional=[file, "task"], by_shell=True)
    assert flags.help().splitlines()[0] == "wfkit explain FILE [TASK] [flags]"
    assert flags.parse(["a.ipynb"]) == {"file": "a.ipynb"}
    both = {"file": "a.ipynb", "task": "load[3]", "run_id": "x"}
    for line in ("a.ipynb load[3] --run-id x", "--run-id x a.ipynb load[3]"):
        assert flags.parse(line.split()) == both
    with pytest.raises(MissingValue, match=r"^wfkit explain needs a file behind it: "):
        flags.parse(["--run-id", "x"])
    with pytest.raises(UnexpectedWord) as caught:
        flags.parse(["a.ipynb", "load", "--run-id", "x", "y z"])
    assert str(caught.value) == "wfkit explain does not know what to do with y z."


def test_flags_of_a_task_are_its_options() -> None:
    flags = Flags("%%task", task, without=("function",))
    line = "--retries 3 --retry-delay 30s --jitter --after a,b --trigger-rule all-done --takes 5m"
    assert repr(task(**flags.parse(split(line)))(report)) == (
        "Task report(orders), after=a,b, retries=3, retry_delay=30, jitter=True, "
        "trigger_rule=all_done, takes=300"
    )


@pytest.mark.parametrize(
    ("words", "blank"),
    [
        (["--retries", "____"], True),
        (["--param", "region=____"], True),
        (["--retries", "___"], False),
        (["--store", "a_____b"], False),
        (["x____"], False),
    ],
)
def test_is_blank_sees_four_underscores(words: list[str], blank: bool) -> None:
    assert is_blank(words) is blank
