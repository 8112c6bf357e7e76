"""Which cell declared what: run again, renamed, deleted, or in each other's way."""

from __future__ import annotations

import pytest

from tests.notebook.conftest import ORDERS, Lab


def test_rerun_replaces(sales: Lab) -> None:
    sales.ok("%%task --retries 2\ndef revenue(orders):\n    return 0", "r")
    assert sales.dag.tasks["revenue"].options.retries == 2
    assert list(sales.dag.tasks) == ["orders", "revenue", "report"]


def test_rename_replaces(sales: Lab) -> None:
    text = sales.ok("%%task\ndef turnover(orders):\n    return 0", "r")
    assert text == "turnover ← orders\ntakes the place of `revenue`"
    assert "revenue" not in sales.dag.tasks
    assert "revenue" not in sales.ns


def test_rerun_takes_back_names_it_no_longer_defines(lab: Lab) -> None:
    lab.ok(
        "%%task\nimport math\nRATE = 2\ndef _net(x): return x\ndef tax(): return _net(RATE)", "t"
    )
    lab.ok("%%task\ndef tax(): return 1", "t")
    assert "_net" not in lab.ns
    assert "RATE" not in lab.ns
    assert "math" in lab.ns, "an import may serve other cells too"


def test_same_name_from_another_cell_is_refused(sales: Lab) -> None:
    again = "%%task --retries 1\ndef orders(path):\n    return 1"
    assert sales.fails(again, "x") == (
        'DuplicateTask: two cells declare "orders": Cell In[3] (%%task … def orders(logical_date):)'
        " and this one, Cell In[6].\n"
        "Run %dag remove orders first, then this cell again. Or give one of the two another name."
    )
    sales.ok("%dag remove orders")
    sales.ok(again, "x")


def test_a_cell_is_called_by_the_number_that_it_had_last(sales: Lab) -> None:
    sales.ok(ORDERS, "o")
    message = sales.fails("%%task\ndef orders(): return 1", "x")
    assert "Cell In[6] (%%task … def orders(logical_date):) and this one, Cell In[7]" in message


def test_cell_that_was_deleted_gives_its_name_free(sales: Lab) -> None:
    again = "%%task\ndef orders(path):\n    return 1"
    sales.ok(again, "x", cell_meta={"deletedCells": ["o"]})
    assert [it.name for it in sales.dag.tasks["orders"].parameters] == ["path"]


@pytest.mark.parametrize(("batch", "refused"), [(True, True), (False, False)])
def test_without_cell_ids_edits_replace_unless_each_cell_runs_once(
    lab: Lab, batch: bool, refused: bool
) -> None:
    lab.ok(ORDERS, store_history=not batch)
    lab.ok(ORDERS, store_history=not batch)
    edited = "%%task\ndef orders():\n    return 1"
    if refused:
        assert "DuplicateTask" in lab.fails(edited, store_history=not batch)
    else:
        lab.ok(edited, store_history=not batch)


def test_names_that_differ_in_case_only_are_refused(sales: Lab) -> None:
    assert "differ only in upper and lower case" in sales.fails(
        "%%task\ndef Orders(): return 1", "x"
    )


def test_rename_that_fails_half_way_is_undone(sales: Lab) -> None:
    assert "DuplicateTask" in sales.fails("%%task\ndef Report(orders): return 1", "r")
    assert list(sales.dag.tasks) == ["orders", "revenue", "report"]


# Helpers.


def test_helper_with_other_code_in_another_cell_is_refused(sales: Lab) -> None:
    sales.ok(
        "%%task\ndef _net(x):\n    return x * 0.8\ndef tax(revenue):\n    return _net(revenue)", "t"
    )
    message = sales.fails(
        "%%task\n\ndef _net(x):\n    return x * 0.7\ndef duty(revenue):\n    return _net(revenue)",
        "d",
    )
    assert message == (
        'DuplicateTask: the cells of "duty" (Cell In[7], line 3) and "tax" (Cell In[6], line 2) '
        'both define "_net", with different code.\nRename one of them, or define _net once, in an '
        "ordinary cell."
    )


def test_helper_with_the_same_code_is_fine(sales: Lab) -> None:
    helper = "import math, json\ndef _net(x):\n    # comments do not count\n    return x * 0.8\n"
    sales.ok(f"%%task\n{helper}def tax(revenue):\n    return _net(revenue)", "t")
    sales.ok(f"%%task\nimport json\n{helper[18:]}def duty(revenue):\n    return _net(1)", "d")


def test_constant_with_another_value_in_another_cell_is_refused(sales: Lab) -> None:
    sales.ok("%%task\nRATE = 0.2\ndef tax(revenue):\n    return revenue * RATE", "t")
    message = sales.fails("%%task\nRATE = 0.3\ndef duty(revenue):\n    return revenue * RATE", "d")
    assert 'both define "RATE", with different code.' in message


def test_helper_cannot_take_the_name_of_a_task(sales: Lab) -> None:
    message = sales.fails("%%task\norders = 3\ndef tax(revenue):\n    return revenue * orders", "t")
    assert 'line 2 gives "orders" another meaning' in message
