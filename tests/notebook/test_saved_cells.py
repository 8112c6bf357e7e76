from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.notebook.conftest import Lab

ORDERS = "%%task\ndef orders(): return 1"
REVENUE = "%%task --retries 1\ndef revenue(orders): return 1"


def save(path: Path, cells: dict[str, str]) -> str:
    made: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": name,
            "source": source,
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        for name, source in cells.items()
    ]
    path.write_text(json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}))
    return str(path)


@pytest.fixture
def sales(lab: Lab) -> Lab:
    lab.ok("%dag new sales")
    lab.ok(ORDERS, "o")
    lab.ok(REVENUE, "r")
    return lab


def test_diff_says_when_nothing_differs(sales: Lab, tmp_path: Path) -> None:
    path = save(tmp_path / "x.ipynb", {"m": "%dag run", "o": ORDERS, "r": REVENUE + "\n"})
    assert sales.ok(f"%dag diff {path}") == (
        "sales beside x.ipynb as it was saved last:\n  nothing differs"
    )


def test_diff_tells_changed_deleted_and_unrun_cells(
    sales: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cells = {"o": ORDERS.replace("1", "2"), "t": "%%task\nasync def tax(revenue): return 1"}
    monkeypatch.setenv("JPY_SESSION_NAME", save(tmp_path / "x.ipynb", cells))
    assert sales.ok("%dag diff").splitlines()[1:] == [
        "  orders: its cell was changed since it ran; run it again",
        "  revenue: no cell declares it any more; %dag remove revenue",
        "  never run: %%task … async def tax(revenue): return 1",
    ]


def test_diff_without_a_known_notebook_says_what_to_do(
    sales: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    assert sales.fails("%dag diff") == (
        "NoNotebook: this kernel does not know its notebook.\n"
        "Name the file: %dag diff my_notebook.ipynb"
    )
    (tmp_path / "x.ipynb").write_text("{")
    assert "cannot be read as a notebook" in sales.fails(f"%dag diff {tmp_path / 'x.ipynb'}")
