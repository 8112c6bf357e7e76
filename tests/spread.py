"""How are the tests spread over the cores? File by file, and those that take longest first.

A plugin of pytest that `python3 -m tests` uses. A file stays whole, because its tests may share
what they start, and because the cells of a notebook need one another in their order.
"""

import os
from collections import defaultdict
from pathlib import Path

import pytest

MOST_WORKERS = 8
SLOW, CELL, QUICK = 1.0, 0.2, 0.02
"""Seconds of a test that is marked `slow` without saying how slow, of a cell, of any other."""


@pytest.hookimpl(tryfirst=True)
def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """As many workers as there are cores; none for one file, or to see what tests print."""
    is_one_file = len(config.args) == 1 and Path(config.args[0].partition("::")[0]).is_file()
    if is_one_file or config.option.capture == "no":
        return 0
    return min(max(cores(), 2), MOST_WORKERS)


def cores() -> int:
    """How many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let no worker begin a long file when the others are about to end."""
    if hasattr(config, "workerinput"):
        weights: dict[Path, float] = defaultdict(float)
        for item in items:
            weights[item.path] += seconds(item)
        items.sort(key=lambda it: -weights[it.path])


def seconds(item: pytest.Item) -> float:
    """About how long a test takes."""
    mark = item.get_closest_marker("slow")
    if mark is None:
        return CELL if item.path.suffix == ".ipynb" else QUICK
    return float(*mark.args or [SLOW])
