"""How often, how long, for which errors."""

import math

import pytest

from wfkit.core.retry import RetryPolicy


def delays(policy: RetryPolicy, draw: float = 1.0) -> list[float]:
    return [policy.delay_before(attempt, draw) for attempt in range(2, 7)]


def test_delay_grows_by_backoff_up_to_the_longest() -> None:
    assert delays(RetryPolicy(retry_delay=30)) == [30, 30, 30, 30, 30]
    assert delays(RetryPolicy(retry_delay=30, backoff=2)) == [30, 60, 120, 240, 480]
    capped = RetryPolicy(retry_delay=30, backoff=2, max_retry_delay=100)
    assert delays(capped) == [30, 60, 100, 100, 100]
    assert delays(RetryPolicy(retry_delay=30, max_retry_delay=0)) == [0, 0, 0, 0, 0]
    assert delays(RetryPolicy(backoff=3)) == [0, 0, 0, 0, 0]


def test_jitter_scales_the_capped_delay_by_the_draw() -> None:
    policy = RetryPolicy(retry_delay=30, backoff=2, max_retry_delay=100, jitter=True)
    assert delays(policy, draw=0.5) == [15, 30, 50, 50, 50]
    assert delays(policy, draw=0.0) == [0, 0, 0, 0, 0]
    without = RetryPolicy(retry_delay=30, backoff=2, max_retry_delay=100)
    assert delays(without, draw=0.5) == [30, 60, 100, 100, 100]


def test_delay_never_overflows() -> None:
    year = 365 * 86_400.0
    assert RetryPolicy(retry_delay=1, backoff=2).delay_before(100_000) == year
    assert RetryPolicy(retry_delay=1e308, backoff=1e308).delay_before(3) == year
    zero = RetryPolicy(retry_delay=0, backoff=2).delay_before(100_000)
    assert math.isfinite(zero)


@pytest.mark.parametrize("retries", [0, 1, 3])
def test_retries_count_the_extra_attempts(retries: int) -> None:
    policy = RetryPolicy(retries=retries)
    allowed = [failures for failures in range(1, 10) if policy.allows(failures)]
    assert allowed == list(range(1, retries + 1))


class ShopClosed(ConnectionError):
    """An error of the learner's own."""


@pytest.mark.parametrize(
    ("retry_on", "error", "covered"),
    [
        ((), ValueError(), True),
        ((), BaseException(), True),
        ((), KeyboardInterrupt(), False),
        ((), SystemExit(), False),
        ((), GeneratorExit(), False),
        ((SystemExit,), SystemExit(), False),
        ((ConnectionError,), ConnectionError(), True),
        ((ConnectionError,), ShopClosed(), True),
        ((ConnectionError,), ValueError(), False),
        (("ShopClosed",), ShopClosed(), True),
        (("OSError",), ShopClosed(), True),
        (("ShopClosed",), ConnectionError(), False),
        ((ValueError, "ShopClosed"), ShopClosed(), True),
    ],
)
def test_retry_on_covers_a_kind_and_what_is_below_it(
    retry_on: tuple[type[BaseException] | str, ...], error: BaseException, covered: bool
) -> None:
    assert RetryPolicy(retry_on=retry_on).covers(error) is covered
