"""Dags whose tasks fail, are repeated, skipped, chosen, or many: as learners write them."""

# mypy: disable-error-code="no-untyped-def,no-untyped-call"

from __future__ import annotations

from tests.parity.cases import case
from wfkit import Dag, Skip, task


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

    @task(pool="my db", priority=3)
    def big(size, amount):
        return [size, amount]

    def small(size):
        return size

    @task(trigger_rule="none_failed_min_one_success")
    def join(big, small):
        return [big, small]

    def plain_join(big, small):
        return 0

    return Dag("branching", [amount, size, big, small, join, plain_join], pools={"my db": 2})


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

    @task(expand="drops", retries=1, retry_delay="100ms", pool="my db", priority=2)
    def load(drops, suffix, attempt, size=2):
        if drops == "b.csv" and attempt == 1:
            raise ConnectionError
        return drops.upper()[:size] + suffix

    def joined(load):
        return ",".join(load) + str(len(load))

    return Dag("expanding", [drops, suffix, load, joined], pools={"my db": 2})


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
