"""Schemas of pandera as promises: what a good table goes through, what a bad one is told."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pandera.pandas as pa
import pytest

from wfkit import Dag, task
from wfkit.core.errors import ContractBroken
from wfkit.core.task import Task
from wfkit.engine.contracts import ensure


class Orders(pa.DataFrameModel):
    amount: float = pa.Field(ge=0)
    shop: str

    class Config:
        strict = True


def schema(**columns: Any) -> pa.DataFrameSchema:
    return pa.DataFrameSchema({name: pa.Column(*it) for name, it in columns.items()})


AMOUNT = schema(amount=(float, pa.Check.ge(0)))
DAYS = pd.to_datetime(["1997-01-01", "1997-01-02"])


def positive(amounts: Any) -> Any:
    return amounts > 0


@pytest.mark.slow
@pytest.mark.parametrize(
    ("promise", "rows", "told"),
    [
        (
            AMOUNT,
            {"amount": [1.0, -2.0, -3.0]},
            'column "amount" fails greater_than_or_equal_to(0): -2.0 in row 1 and 1 more',
        ),
        (AMOUNT, {"amount": ["x"]}, 'column "amount" is not float64: x in row 0'),
        (AMOUNT, {"price": [1.0]}, 'column "amount" is missing'),
        (AMOUNT, {"amount": [1.0, None]}, 'column "amount" has missing values: row 1'),
        (
            schema(day=("datetime64[ns]", pa.Check.ge(pd.Timestamp("1997-01-02")))),
            {"day": DAYS.astype("datetime64[ns]")},
            'column "day" fails greater_than_or_equal_to(1997-01-02 00:00:00): 1997-01-01 00:00:00',
        ),
        (
            schema(amount=(float, pa.Check(positive, error="amounts must be positive"))),
            {"amount": [0.0]},
            'column "amount" fails "amounts must be positive": 0.0 in row 0',
        ),
        (
            schema(amount=(float, pa.Check(lambda it: it.sum() > 9))),
            {"amount": [1.0]},
            'column "amount" fails its check',
        ),
        (
            schema(amount=(float, pa.Check(lambda it: it.total() > 9, name="is_large"))),
            {"amount": [1.0]},
            'column "amount" cannot be checked with is_large: AttributeError("\'Series\' object',
        ),
        (
            pa.DataFrameSchema({"shop": pa.Column(str, unique=True)}),
            {"shop": ["Leeds", "York", "Leeds"]},
            'column "shop" has values more than once: Leeds in row 0 and 1 more',
        ),
        (
            pa.DataFrameSchema({"amount": pa.Column(int, coerce=True)}),
            {"amount": ["3", "three"]},
            'column "amount" cannot be turned into int64: three in row 1',
        ),
        (
            pa.DataFrameSchema({"shop": pa.Column(str, pa.Check.str_length(max_value=5))}),
            {"shop": ["Lee\nds " * 100]},
            f'column "shop" fails str_length(None, 5): {("Lee ds " * 9)[:60]}… in row 0',
        ),
        (
            pa.DataFrameSchema(checks=pa.Check(lambda it: it["sold"] <= it["stock"], name="sold")),
            {"sold": [1, 3], "stock": [2, 2]},
            "the table fails sold: row 1",
        ),
        (
            pa.DataFrameSchema(unique=["shop", "day"]),
            {"shop": ["York"] * 2, "day": [1, 1]},
            "the table has rows more than once: row 0 and 1 more",
        ),
        (pa.DataFrameSchema(index=pa.Index(int, pa.Check.gt(0))), {"a": [1]}, "the index fails"),
        (
            pa.DataFrameSchema({"a": pa.Column(int), "b": pa.Column(int)}, ordered=True),
            {"b": [1], "a": [1]},
            'column "b" is not where the schema has it',
        ),
        (Orders, {"amount": [1.0], "shop": ["York"], "day": [1]}, 'column "day" is not in the'),
        (Orders, {"amount": [-1.0], "shop": ["York"]}, 'column "amount" fails greater_than_or_'),
    ],
)
def test_bad_table_is_told_by_column_and_check(
    promise: Any, rows: dict[str, Any], told: str
) -> None:
    with pytest.raises(ContractBroken) as caught:
        ensure("orders", promise, pd.DataFrame(rows))
    name = "Orders" if promise is Orders else "its schema"
    text = str(caught.value)
    assert text.startswith(f"orders breaks its contract: {name} says {told}")
    assert len(text.splitlines()) == 1


def test_what_is_no_table_is_told() -> None:
    with pytest.raises(ContractBroken, match=r"its schema says expected .*DataFrame"):
        ensure("orders", AMOUNT, 5)


def test_the_schemas_own_text_serves_where_it_is_of_an_unknown_kind() -> None:
    class Unheard(pa.errors.SchemaError):
        pass

    def later(result: Any) -> None:
        raise Unheard(None, None, "amounts are odd")  # type: ignore[no-untyped-call]

    Unheard.__module__ = "pandera.errors"
    with pytest.raises(ContractBroken, match=r"later says amounts are odd$"):
        ensure("orders", later, 5)


@pytest.mark.parametrize(
    "promise", [AMOUNT, pa.DataFrameSchema({"amount": pa.Column(int, coerce=True)})]
)
def test_good_table_passes_unchanged(promise: Any) -> None:
    table = pd.DataFrame({"amount": [1.0, 2.0], "day": DAYS})

    @task(ensure=promise)
    def orders() -> pd.DataFrame:
        return table

    pd.testing.assert_frame_equal(Dag("sales", [orders]).run(store=None)["orders"], table)


def bad(amount: float, **options: Any) -> Task:
    @task(ensure=AMOUNT, **options)
    def orders(attempt: int) -> pd.DataFrame:
        return pd.DataFrame({"amount": [amount + attempt]})

    return orders


@pytest.mark.slow
@pytest.mark.parametrize("executor", ["serial", "thread", "process"])
def test_bad_table_fails_its_attempt_wherever_that_runs(executor: str) -> None:
    dag = Dag("sales", [bad(-2.5, retries=1)])
    run = dag.run(executor=executor, store=None, expect="failed")
    errors = [it.error for it in run.snapshot.attempts.values()]
    assert [(it["type"], it["message"].partition(" says ")[2]) for it in errors if it] == [
        ("ContractBroken", f'column "amount" fails greater_than_or_equal_to(0): {value} in row 0')
        for value in (-1.5, -0.5)
    ]
    assert str(run.explain("orders")).startswith(
        "orders failed after 2 attempts: ContractBroken: orders breaks its contract: "
        'its schema says column "amount" fails greater_than_or_equal_to(0)'
    )


def test_next_attempt_may_keep_the_promise() -> None:
    run = Dag("sales", [bad(-1.5, retries=1, retry_delay="1h")]).trial()
    assert run["orders"]["amount"].tolist() == [0.5]
