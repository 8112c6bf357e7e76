"""Engine bugs made on purpose: the invariants must find every one of them."""

from tests.engine.simulation import bugs_of_order, bugs_of_record
from tests.engine.simulation.breaking import BUGS, broken

__all__ = ["BUGS", "BY_HASH", "broken", "bugs_of_order", "bugs_of_record"]

BY_HASH = frozenset({"tasks_are_visited_in_the_order_of_a_set"})
"""Bugs that show only when the same seed is played under another PYTHONHASHSEED."""
