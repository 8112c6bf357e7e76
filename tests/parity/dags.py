"""Dags that must go the same way in all engines."""

from __future__ import annotations

from tests.parity import dags_of_data, dags_of_lessons, dags_of_states
from tests.parity.cases import CASES, Case

__all__ = ["CASES", "Case", "dags_of_data", "dags_of_lessons", "dags_of_states"]
