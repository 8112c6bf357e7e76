"""Attempts on the workers of a Dask cluster of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.executor_contract import ExecutorContract
from wfkit.engine.executors import dask_cluster


@pytest.fixture(scope="module", autouse=True)
def _cluster_ends() -> Iterator[None]:
    """Other tests shall not share their processor with workers that wait."""
    yield
    dask_cluster.close_all()


class TestDask(ExecutorContract):
    name = "dask"
