"""What did nbval find? A pytest plugin that writes it down, cell by cell."""

from __future__ import annotations

import json
import os
from collections.abc import Generator
from pathlib import Path
from typing import Any

import pytest

WHERE = "WFKIT_NBVAL_RECORD"
"""Name of the environment variable that holds the path of the record."""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: Any, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Append one line of JSON for each cell that nbval judged."""
    report = yield
    if call.when == "call" and hasattr(item, "cell"):
        error = call.excinfo.value if call.excinfo else None
        line = {
            "cell": dict(item.cell.metadata.get("wfkit", {})),
            "passed": report.passed,
            "message": str(error) if error else "",
            "outputs": item.test_outputs or [],
        }
        with Path(os.environ[WHERE]).open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")
    return report
