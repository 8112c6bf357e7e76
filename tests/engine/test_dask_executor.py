"""Attempts on the workers of a Dask cluster of this machine."""

from __future__ import annotations

from tests.engine.executor_contract import ExecutorContract


class TestDask(ExecutorContract):
    name = "dask"
