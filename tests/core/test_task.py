"""A task is an ordinary function; what cannot be one is told so."""

import copy
import functools
import keyword
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from datetime import timedelta
from typing import Any

import pytest

from tests.core.play import make
from wfkit.core.errors import InvalidOption, InvalidTask, NotAResult
from wfkit.core.retry import RetryPolicy
from wfkit.core.task import REQUIRED, Parameter, Task, checked_name, task
from wfkit.core.task_options import OPTION_NAMES, TaskOptions
from wfkit.core.trigger_rules import TriggerRule


def revenue(orders: list[int], vat: float = 0.2) -> float:
    """Sum of a day.

    With tax.
    """
    return sum(orders) * (1 + vat)


def named(name: str) -> Task:
    return Task(revenue, name=name)


def refusal(call: Callable[[], Any]) -> str:
    with pytest.raises(InvalidTask) as caught:
        call()
    told = str(caught.value)
    assert len(told.splitlines()) <= 3
    assert "0x" not in told
    return told


def test_task_is_its_function() -> None:
    it = Task(revenue)
    assert it([1, 2], vat=1) == 6
    assert (it.name, it.doc) == ("revenue", "Sum of a day.")
    assert it.parameters == (Parameter("orders"), Parameter("vat", 0.2))
    assert it.parameters[0].default is REQUIRED
    assert repr(it) == "Task revenue(orders, vat)"
    assert Task(make("x").function).doc == ""


def test_decorator_with_and_without_options() -> None:
    plain = task(revenue)
    chosen = task(retries=3, retry_delay="5m", trigger_rule="all-done", after=[plain, "load"])
    it = chosen(revenue)
    assert isinstance(plain, Task)
    assert it([1]) == plain([1]) == 1.2
    assert repr(it) == (
        "Task revenue(orders, vat), after=revenue,load, retries=3, retry_delay=300, "
        "trigger_rule=all_done"
    )
    assert it.options.retry == RetryPolicy(retries=3, retry_delay=300.0)


def test_decorator_knows_every_option_and_gives_its_default() -> None:
    import inspect

    known = inspect.signature(task).parameters
    assert tuple(known)[1:] == OPTION_NAMES
    given = {name: known[name].default for name in OPTION_NAMES}
    assert TaskOptions(**given) == TaskOptions() == task(revenue).options


def test_options_are_checked_when_made() -> None:
    options = TaskOptions(
        retries=2,
        retry_delay=timedelta(seconds=1),
        backoff=2,
        max_retry_delay="1m",
        jitter=True,
        retry_on="ConnectionError, TimeoutError",
        trigger_rule="one_failed",
        priority=-3,
        takes="2h",
        ensure=bool,
        group="cleaning",
    )
    assert options.retry == RetryPolicy(2, 1.0, 2.0, 60.0, True, (ConnectionError, TimeoutError))
    assert options.trigger_rule is TriggerRule.ONE_FAILED
    assert (options.priority, options.takes, options.group) == (-3, 7_200.0, "cleaning")


class Shy:
    """An object that cannot be shown."""

    def __repr__(self) -> str:
        raise ValueError("not me")


NAN = float("nan")
WRONG: dict[str, Sequence[object]] = {
    "after": [5, [None], revenue],
    "retries": [-1, 1.5, True, 10**9, "3"],
    "retry_delay": [-1, "5", "soon", None, True],
    "backoff": [0.9, -1, "2", True, NAN],
    "max_retry_delay": [-1, "5"],
    "jitter": ["yes", 1],
    "retry_on": ["ConectionError", 5, [revenue], "print", "", [None]],
    "trigger_rule": ["all", "", None, 3],
    "priority": ["high", 1.5, True, 10**7],
    "takes": ["5", -1],
    "ensure": ["_ok", 3],
    "group": ["", "  ", 5, "x" * 101],
    "timeout": [0, -1, NAN, "5", "0s", True],
    "pool": ["", 5],
    "branch": [1, "yes"],
    "expand": ["", 5],
    "max_map_length": [0, -1, 1.5, True, 10**9],
    "sensor": [1, "yes"],
    "poke_interval": [0, -1, NAN, "5", None],
    "wait_timeout": [0, -1, NAN, "5"],
    "cache": [1, "yes"],
    "deadline": [0, -1, NAN, "5", "25:00"],
    "result_format": ["csv", "", None, 5],
    "on_failure": ["you@example.com", "", "mailto:you@example.com", 5, [None]],
}


def test_every_option_has_wrong_values() -> None:
    assert WRONG.keys() == set(OPTION_NAMES)


@pytest.mark.parametrize("option", WRONG)
def test_wrong_value_is_refused_naming_the_option(option: str) -> None:
    for value in [*WRONG[option], Shy(), [Shy()]]:
        with pytest.raises(InvalidOption) as caught:
            TaskOptions(**{option: value})
        assert str(caught.value).startswith(option)
        assert len(str(caught.value).splitlines()) <= 2


def test_misspelt_error_and_rule_are_corrected() -> None:
    with pytest.raises(InvalidOption, match='Did you mean "ConnectionError"'):
        TaskOptions(retry_on="ConectionError")
    with pytest.raises(InvalidOption) as caught:
        TaskOptions(trigger_rule="all_sucess")
    assert str(caught.value) == (
        'trigger_rule="all_sucess" is unknown. Did you mean "all_success"?\n'
        "Choose one of: all_success, all_done, all_failed, one_success, one_failed, "
        "none_failed, none_failed_min_one_success, always."
    )


def test_changed_options_are_a_new_value() -> None:
    before = TaskOptions(retries=1)
    after = before.changed({"retries": 3, "retry_delay": "5m"})
    assert (before.retries, after.retries, after.retry_delay) == (1, 3, 300.0)
    with pytest.raises(InvalidOption) as caught:
        before.changed({"retires": 3})
    first, second = str(caught.value).splitlines()
    assert first == "a task has no option 'retires'. Did you mean \"retries\"?"
    assert second == f"Options: {', '.join(OPTION_NAMES)}."


def test_task_and_options_are_frozen() -> None:
    it = Task(revenue)
    for target, name in [(it, "name"), (it.options, "retries"), (it.parameters[0], "name")]:
        with pytest.raises(AttributeError):
            setattr(target, name, "other")


ONLY = "only letters, digits and _ are possible, and no digit first"


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("class", ('"class" cannot be a task\'s name: it is a Python keyword.\n'
                  'Choose another name, such as "class_task".')),
        ("None", ('"None" cannot be a task\'s name: it is a Python keyword.\n'
                 'Choose another name, such as "None_task".')),
        ("sum", ('"sum" cannot be a task\'s name: it is a Python builtin.\n'
                'Choose another name, such as "sum_task".')),
        ("ValueError", ('"ValueError" cannot be a task\'s name: it is a Python builtin.\n'
                       'Choose another name, such as "ValueError_task".')),
        ("__init__", ('"__init__" cannot be a task\'s name: a leading underscore marks a helper.\n'
                     "Choose another name.")),
        ("_load", ('"_load" cannot be a task\'s name: a leading underscore marks a helper.\n'
                  "Choose another name.")),
        ("📦", f'"📦" cannot be a task\'s name: {ONLY}.\nChoose another name.'),
        ("1st", f'"1st" cannot be a task\'s name: {ONLY}.\nChoose another name.'),
        ("my task", f'"my task" cannot be a task\'s name: {ONLY}.\nChoose another name.'),
        ("a\u202eb", f'"a\\u202eb" cannot be a task\'s name: {ONLY}.\nChoose another name.'),
        ("a\u200bb", f'"a\\u200bb" cannot be a task\'s name: {ONLY}.\nChoose another name.'),
        ("a\u200db", f'"a\\u200db" cannot be a task\'s name: {ONLY}.\nChoose another name.'),
        ("a\0b", f'"a\\x00b" cannot be a task\'s name: {ONLY}.\nChoose another name.'),
        ("a\nb", f'"a\\nb" cannot be a task\'s name: {ONLY}.\nChoose another name.'),
        ("a\ud800", f'"a\\ud800" cannot be a task\'s name: {ONLY}.\nChoose another name.'),
        ("x" * 5_000, (f'"{"x" * 56}... cannot be a task\'s name: it has 5,000 characters, '
                      "at most 100 are possible.\nChoose another name.")),
    ],
)  # fmt: skip
def test_hard_name_is_refused(name: str, told: str) -> None:
    assert refusal(lambda: named(name)) == told


@pytest.mark.parametrize("name", keyword.kwlist)
def test_no_keyword_is_a_name(name: str) -> None:
    assert "it is a Python keyword" in refusal(lambda: named(name))


@pytest.mark.parametrize("name", ["orders", "x", "x" * 100, "umsätze", "売上", "orders_2", "match"])
def test_ordinary_name_is_taken(name: str) -> None:
    assert named(name).name == name


def test_names_are_compared_in_their_normal_form() -> None:
    assert checked_name("\ufb01le") == checked_name("file") == "file"
    decomposed, composed = "umsa\u0308tze", "ums\u00e4tze"
    assert checked_name(decomposed) == composed
    assert "it is a Python builtin" in refusal(lambda: named("\uff53\uff55\uff4d"))


@pytest.mark.parametrize("name", [5, None, b"orders", ["orders"]])
def test_name_must_be_text(name: Any) -> None:
    assert "cannot be a Dag's name" in refusal(lambda: checked_name(name, "Dag"))


def test_lambda_needs_a_name() -> None:
    assert '"<lambda>" cannot be' in refusal(lambda: Task(lambda: 1))
    assert Task(lambda: 1, name="one")() == 1


class Shop:
    """Callables that are not plain functions."""

    def open(self, orders: int) -> int:
        return orders + 1

    @staticmethod
    def close(orders: int) -> int:
        return orders

    def __call__(self, orders: int, day: int = 1) -> int:
        return orders + day


def wrapped(function: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    return wrapper


def keyword_only(orders: int, *, vat: float, rate: float = 1.0) -> None: ...


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (Shop().open, "Task it(orders)"),
        (Shop.close, "Task it(orders)"),
        (Shop(), "Task it(orders, day)"),
        (Shop, "Task it()"),
        (functools.partial(revenue, vat=0.1), "Task it(orders, vat)"),
        (functools.partial(revenue, [1]), "Task it(vat)"),
        (wrapped(revenue), "Task it(orders, vat)"),
        (keyword_only, "Task it(orders, vat, rate)"),
        (make("clean", ["orders", "*", "rate=2"]).function, "Task it(orders, rate)"),
    ],
)
def test_parameters_of_many_kinds_of_callables(function: Callable[..., Any], told: str) -> None:
    assert repr(Task(function, name="it")) == told


def test_defaults_are_seen_through_partials_and_keywords() -> None:
    net = Task(functools.partial(revenue, vat=0.1), name="net")
    assert net.parameters == (Parameter("orders"), Parameter("vat", 0.1))
    assert net([10]) == 11
    assert Task(keyword_only).parameters[1:] == (Parameter("vat"), Parameter("rate", 1.0))
    assert Task(make("clean", ["a", "b=None"]).function).parameters == (
        Parameter("a"),
        Parameter("b", None),
    )


def generator() -> Iterator[int]:
    yield 1


async def async_generator() -> AsyncIterator[int]:
    yield 1


async def fetch(orders: int) -> int:
    return orders


def with_args(*rows: int) -> None: ...


def with_kwargs(**rows: int) -> None: ...


def by_position(orders: int, /, day: int) -> None: ...


@pytest.mark.parametrize(
    ("function", "told"),
    [
        (
            generator,
            (
                "generator is a generator (it has a yield): its values would be gone after one "
                "reader.\nCollect them in a list and return the list."
            ),
        ),
        (
            async_generator,
            (
                "async_generator is a generator (it has a yield): its values would be gone after "
                "one reader.\nCollect them in a list and return the list."
            ),
        ),
        (
            with_args,
            (
                "with_args takes *rows: int, so nothing says where its values come from.\n"
                "Give each input a parameter of its own: def report(orders, refunds):"
            ),
        ),
        (
            with_kwargs,
            (
                "with_kwargs takes **rows: int, so nothing says where its values come from.\n"
                "Give each input a parameter of its own: def report(orders, refunds):"
            ),
        ),
        (
            by_position,
            (
                "by_position takes orders by position only, but inputs come by name.\n"
                "Take the / out of its parameters, or wrap it: def my_task(orders): ..."
            ),
        ),
    ],
)
def test_function_that_cannot_be_fed_by_name_is_refused(
    function: Callable[..., Any], told: str
) -> None:
    assert refusal(lambda: Task(function)) == told


@pytest.mark.parametrize("function", [len, int, max, str.upper, dict.get])
def test_builtin_is_refused_with_a_way_out(function: Callable[..., Any]) -> None:
    assert "def " in refusal(lambda: Task(function, name="it"))


@pytest.mark.parametrize("value", [None, 5, "retries=3", object(), [revenue]])
def test_only_something_to_call_can_be_a_task(value: Any) -> None:
    assert refusal(lambda: Task(value)).endswith("is not a function, so it cannot be a task.")


def test_task_is_not_made_a_task_twice() -> None:
    once = Task(revenue)
    assert refusal(lambda: task(once)) == "revenue is a task already.\nLeave out one @task."


def test_coroutine_function_is_an_ordinary_task() -> None:
    assert repr(Task(fetch)) == "Task fetch(orders)"


HINT = 'orders is a task, not its result. Its last result: dag.last["orders"]'


@pytest.mark.parametrize(
    "use",
    [
        lambda it: it.head(),
        lambda it: it.shape,
        lambda it: it["amount"],
        lambda it: it[0],
        lambda it: it[1:],
        len,
        list,
        sum,
        sorted,
        lambda it: "amount" in it,
        lambda it: it.__setitem__("vat", 1),
        lambda it: 1 not in it,
        lambda it: [*it],
    ],
)
def test_task_used_as_its_result_says_where_the_result_is(use: Callable[[Task], Any]) -> None:
    with pytest.raises(NotAResult) as caught:
        use(make("orders"))
    assert str(caught.value) == HINT


def test_python_may_still_ask_a_task_the_usual_questions() -> None:
    it = make("orders", retries=2)
    assert it
    assert not hasattr(it, "_repr_html_")
    assert getattr(it, "head", None) is None
    assert callable(it)
    assert copy.copy(it).name == copy.deepcopy(it).name == "orders"
    assert {it: 1}[it] == 1
    assert it != make("orders", retries=2)
