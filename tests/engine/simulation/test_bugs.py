"""Checks that cannot fail prove nothing: each deliberate bug of the engine is found."""

import pytest

from tests.engine.simulation.__main__ import complaints_of, digest
from tests.engine.simulation.bugs import BUGS, BY_HASH, broken
from tests.engine.simulation.test_simulation import start

MOST_SEEDS = 2_000
RARE = {"cancel_hands_slots_on": [797]}
"""Seeds that find bugs which few find: they are tried first."""


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BUGS.keys() - BY_HASH))
def test_a_bug_of_the_engine_is_found(name: str) -> None:
    seeds = [*RARE.get(name, ()), *range(MOST_SEEDS)]
    assert any(complaints_of(seed, name) for seed in seeds), f"{name} is not found"


@pytest.mark.slow
@pytest.mark.parametrize("name", sorted(BY_HASH))
def test_a_bug_of_order_is_found(name: str) -> None:
    simulation = "tests.engine.simulation"
    started = [
        start(simulation, "--digest", "0:50", "--bug", name, hash_seed=it) for it in ("1", "2")
    ]
    first, second = (process.communicate(timeout=60)[0] for process in started)
    assert first != second


def test_there_are_bugs_enough() -> None:
    assert len(BUGS) >= 20


def test_a_broken_engine_is_whole_again_afterwards() -> None:
    seeds = range(5)
    before = digest(seeds)
    with broken("one_retry_too_many"):
        assert digest(seeds) != before
    assert digest(seeds) == before
