"""Dags that must go the same way in all engines, with what each run is given.

Their tasks are written as learners write them, mostly without types.
"""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import pandas as pd

from wfkit import Dag, Fail, Skip, sleep, task

RATE = 0.25
_SEEN: list[int] = []


@dataclass(frozen=True)
class Case:
    """A Dag with the params and the logical date of its run."""

    dag: Dag
    params: Mapping[str, Any] = field(default_factory=dict)
    logical_date: str | None = None


CASES: dict[str, Case] = {}


def case(
    params: Mapping[str, Any] | None = None, logical_date: str | None = None
) -> Callable[[Callable[[], Dag]], Callable[[], Dag]]:
    def keep(make: Callable[[], Dag]) -> Callable[[], Dag]:
        dag = make()
        CASES[dag.name] = Case(dag, params or {}, logical_date)
        return make

    return keep


def _tax(amount: float) -> float:
    return amount * RATE


def _is_positive(value: float) -> bool:
    return value > 0


def factorial(n=5):
    return 1 if n < 2 else n * factorial(n - 1)


@functools.lru_cache
def _fibonacci(n: int) -> int:
    return n if n < 2 else _fibonacci(n - 1) + _fibonacci(n - 2)


class Basket:
    """What a customer carries."""

    limit = 3

    def __init__(self, items: list[str]) -> None:
        self.items = items[: self.limit]

    def __len__(self) -> int:
        return len(self.items)


@case()
def linear() -> Dag:
    def orders():
        """Purchases of a day."""
        return [3, 4, 5]

    def total(orders: list[int]) -> int:
        return sum(orders)

    def report(total, currency="euros"):
        # a person reads this
        return f"{total} {currency}"

    @task(after="report")
    def close():
        return None

    return Dag("linear", [orders, total, report, close])


@case()
def diamond() -> Dag:
    def base():
        return {"a": 1, "b": [1.5, None], "c": "text"}

    def left(base):
        return {**base, "a": base["a"] + 1}

    def right(base):
        return [*base["b"], True]

    def join(left, right):
        return [left["a"], len(right), left["c"]]

    return Dag("diamond", [base, left, right, join])


@case()
def recovering() -> Dag:
    @task(retries=3, retry_delay="100ms", backoff=2, max_retry_delay="300ms")
    def flaky(attempt):
        if attempt < 4:
            raise ConnectionError(f"attempt {attempt}")
        return attempt

    @task(retries=1)
    def steady(flaky, attempt):
        return [flaky, attempt]

    return Dag("recovering", [flaky, steady])


@case()
def exhausted() -> Dag:
    def fine():
        return 1

    @task(retries=2, retry_delay="100ms")
    def broken(fine):
        raise ValueError("always")

    def below(broken):
        return broken

    def beside(fine):
        return fine + 1

    @task(after="below")
    def far_below(beside):
        return beside

    return Dag("exhausted", [fine, broken, below, beside, far_below])


@case()
def rules() -> Dag:
    def good():
        return 1

    def bad():
        raise ValueError("no")

    @task(trigger_rule="all_done")
    def always_after(good, bad, fallback=7):
        return [good, bad, fallback]

    @task(trigger_rule="one_failed", after="good,bad")
    def alarm():
        return "rang"

    @task(trigger_rule="all_failed")
    def all_gone(bad):
        return bad

    @task(trigger_rule="all_failed")
    def not_all_gone(good, bad):
        return 0

    @task(trigger_rule="none_failed")
    def not_reached(good, bad):
        return 0

    @task(trigger_rule="all_done")
    def with_default(bad=5):
        return bad

    return Dag(
        "rules",
        [good, bad, always_after, alarm, all_gone, not_all_gone, not_reached, with_default],
    )


@case()
def green_with_a_red_middle() -> Dag:
    def first():
        raise KeyError("gone")

    def second(first):
        return first

    @task(trigger_rule="all_done", after="second")
    def clean_up():
        return "clean"

    return Dag("green_with_a_red_middle", [first, second, clean_up])


@case()
def skipping() -> Dag:
    def sunday():
        raise Skip("no sales on Sundays")

    def monday():
        return 1

    def of_sunday(sunday):
        return sunday

    @task(trigger_rule="none_failed")
    def both(sunday, monday):
        return [sunday, monday]

    @task(trigger_rule="none_failed_min_one_success")
    def one_of_both(sunday, monday):
        return [sunday, monday]

    @task(trigger_rule="none_failed_min_one_success")
    def none_of_them(of_sunday):
        return 0

    @task(trigger_rule="always", after="none_of_them")
    def last():
        return "done"

    return Dag("skipping", [sunday, monday, of_sunday, both, one_of_both, none_of_them, last])


@case()
def branching() -> Dag:
    def amount():
        return 120

    @task(branch=True)
    def size(amount):
        return "big" if amount > 100 else "small"

    def big(size, amount):
        return [size, amount]

    def small(size):
        return size

    @task(trigger_rule="none_failed_min_one_success")
    def join(big, small):
        return [big, small]

    def plain_join(big, small):
        return 0

    return Dag("branching", [amount, size, big, small, join, plain_join])


@case()
def branching_past() -> Dag:
    @task(branch=True)
    def way():
        return ["short"]

    @task(after="way")
    def short():
        return "short"

    @task(after="way")
    def long():
        return "long"

    @task(after="way,short")
    def end():
        return "end"

    @task(branch=True, after="end")
    def nowhere():
        return None

    @task(after="nowhere")
    def never():
        return 0

    return Dag("branching_past", [way, short, long, end, nowhere, never])


@case()
def expanding() -> Dag:
    def drops():
        return ["a.csv", "b.csv", "c.csv"]

    def suffix():
        return "!"

    @task(expand="drops", retries=1, retry_delay="100ms")
    def load(drops, suffix, attempt, size=2):
        if drops == "b.csv" and attempt == 1:
            raise ConnectionError
        return drops.upper()[:size] + suffix

    def joined(load):
        return ",".join(load) + str(len(load))

    return Dag("expanding", [drops, suffix, load, joined])


@case()
def expanding_badly() -> Dag:
    def numbers():
        return [1, 0, 2]

    def nothing():
        return []

    @task(expand="numbers")
    def halved(numbers):
        if not numbers:
            raise Skip("nothing to halve")
        return 1 / numbers

    @task(trigger_rule="none_failed")
    def kept(halved):
        return sum(halved)

    @task(expand="nothing")
    def never(nothing):
        return 0

    @task(trigger_rule="all_done")
    def after_never(never):
        return "went on"

    return Dag("expanding_badly", [numbers, nothing, halved, kept, never, after_never])


@case(params={"vat": 0.5, "regions": ["north", "south"]})
def parametrized() -> Dag:
    def day(since):
        return since.isoformat()

    def net(vat, names, options):
        return [vat, names, options["deep"]]

    @task(expand="regions")
    def region(regions, vat):
        return f"{regions} {vat}"

    def everything(params, net, region):
        return [sorted(params), net, region]

    return Dag(
        "parametrized",
        [day, net, region, everything],
        params={
            "vat": 0.2,
            "regions": ["north"],
            "names": ["a", 'b"'],
            "options": {"deep": [1, None]},
            "since": date(1997, 1, 2),
        },
    )


@case()
def grouped() -> Dag:
    @task(group="cleaning up", pool="db", priority=2)
    def strip():
        return " a ".strip()

    @task(group="cleaning up", pool="db")
    def upper(strip):
        return strip.upper()

    @task(group="report")
    def shout(upper):
        return upper + "!"

    @task(group="cleaning up")
    def lower(shout):
        return shout.lower()

    return Dag(
        "grouped", [strip, upper, shout, lower], pools={"db": 2}, tags="a,b", max_active_tasks=2
    )


@case()
def unhurried() -> Dag:
    @task(timeout="5m", cache=True)
    def quick():
        return 1

    @task(timeout="5m", priority=3, group="end", retries=1, retry_delay="100ms")
    def steady(quick, attempt):
        if attempt < 2:
            raise TimeoutError
        return quick + attempt

    return Dag("unhurried", [quick, steady], tags="calm")


@case()
def frames() -> Dag:
    def sales():
        """A table with what tables have."""
        days = pd.to_datetime(["1997-01-01", "1997-01-02", "1997-01-02"])
        return pd.DataFrame(
            {"day": days, "customer": ["a", "b", "a"], "amount": [1.5, 2.25, 4.0], "n": [1, 2, 3]}
        )

    def by_customer(sales):
        return sales.groupby("customer")["amount"].sum().reset_index()

    def copied(sales):
        sales = sales.copy()
        sales["amount"] = sales["amount"] * 2
        return float(sales["amount"].sum())

    def best(by_customer, sales):
        return [by_customer.loc[by_customer["amount"].idxmax(), "customer"], len(sales)]

    return Dag("frames", [sales, by_customer, copied, best])


@case(logical_date="1997-03-31T01:30")
def nightly() -> Dag:
    def when(logical_date, data_interval_start, data_interval_end):
        same = logical_date == data_interval_start
        return [f"{logical_date:%Y-%m-%d %H:%M}", data_interval_end.isoformat(), same]

    def told(when, logical_date):
        return [when[0], str(logical_date.utcoffset()), logical_date.weekday()]

    return Dag(
        "nightly",
        [when, told],
        schedule="30 1 * * *",
        timezone="Europe/London",
        start_date="1997-03-01",
        end_date="1998-07-01",
    )


@case(logical_date="1997-01-01T06:00")
def every_six_hours() -> Dag:
    @task(trigger_rule="all_done")
    def window(data_interval_start, data_interval_end):
        return [data_interval_start.isoformat(), data_interval_end.isoformat()]

    return Dag(
        "every_six_hours", [window], schedule="every 6h", start_date="1997-01-01", catchup=True
    )


@case()
def promising() -> Dag:
    @task(ensure=_is_positive)
    def kept():
        return 3

    @task(ensure=_is_positive)
    def broken():
        return -3

    @task(retries=3, retry_on="ConnectionError,TimeoutError")
    def not_worth_it():
        raise ValueError("no retry helps")

    @task(retries=3)
    def gives_up():
        raise Fail("wrong key")

    @task(retries=2, retry_on=ConnectionError)
    def worth_it(attempt):
        if attempt < 3:
            raise ConnectionResetError
        return attempt

    return Dag("promising", [kept, broken, not_worth_it, gives_up, worth_it])


@case()
def helped() -> Dag:
    def basket():
        sleep(0.001)
        return len(Basket(["a", "b", "c", "d"]))

    async def waited(basket):
        return basket + 1

    def taxed(waited, factorial):
        now = datetime(1997, 1, 1, tzinfo=UTC)
        return [_tax(waited), _fibonacci(10), factorial, now.year]

    return Dag("helped", [basket, factorial, waited, taxed])


@case()
def waiting() -> Dag:
    @task(sensor=True, poke_interval="100ms", wait_timeout="1m")
    def drop():
        _SEEN.append(1)
        return f"seen {len(_SEEN)}" if len(_SEEN) >= 3 else None

    def used(drop):
        return drop

    return Dag("waiting", [drop, used])
