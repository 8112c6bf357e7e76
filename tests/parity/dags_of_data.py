"""Dags with params, tables, dates, promises, helpers: as learners write them."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

import functools
from datetime import UTC, date, datetime

import pandas as pd

from tests.parity.cases import case
from wfkit import Dag, Fail, sleep, task

RATE = 0.25
_SEEN: list[int] = []


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
