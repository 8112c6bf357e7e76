"""Again, and after how long? The rule for extra attempts."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """How often a failed attempt is repeated, and how long to wait before it.

    `retries` counts the extra attempts: `retries=3` means at most four. Delays are in seconds.
    `retry_on` narrows the errors that are worth another attempt; empty means all of them.
    """

    retries: int = 0
    retry_delay: float = 0.0
    backoff: float = 1.0
    max_retry_delay: float | None = None
    jitter: bool = False
    retry_on: tuple[type[BaseException] | str, ...] = ()

    def delay_before(self, attempt: int, draw: float = 1.0) -> float:
        """Return the seconds to wait before `attempt` (2 is the first retry).

        The delay is `min(max_retry_delay, retry_delay * backoff ** (attempt - 2))`. With
        jitter it is that times `draw`, a number in [0, 1) that the caller draws ("full jitter").

        >>> policy = RetryPolicy(retries=3, retry_delay=30, backoff=2)
        >>> [policy.delay_before(attempt) for attempt in (2, 3, 4)]
        [30.0, 60.0, 120.0]
        """
        try:
            delay = float(self.retry_delay * self.backoff ** (attempt - 2))
        except OverflowError:
            delay = float("inf")
        limit = _LONGEST if self.max_retry_delay is None else self.max_retry_delay
        return min(limit, delay) * (draw if self.jitter else 1.0)

    def allows(self, failures: int) -> bool:
        """Return True if another attempt may follow after so many failed ones.

        >>> RetryPolicy(retries=1).allows(failures=1), RetryPolicy(retries=1).allows(failures=2)
        (True, False)
        """
        return failures <= self.retries

    def covers(self, error: BaseException) -> bool:
        """Return True if `error` is of a kind that another attempt may cure.

        >>> RetryPolicy(retry_on=(ConnectionError,)).covers(TimeoutError())
        False
        """
        if isinstance(error, KeyboardInterrupt | SystemExit | GeneratorExit):
            return False
        if not self.retry_on:
            return True
        kinds = type(error).__mro__
        return any(kind in kinds or kind in {k.__name__ for k in kinds} for kind in self.retry_on)


_LONGEST = 365 * 86_400.0
