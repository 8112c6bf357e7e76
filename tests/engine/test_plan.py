"""How is a run called? By its kind and its logical date, and a number where that is taken."""

from __future__ import annotations

from tests.engine.drive import DAY
from wfkit.engine.plan import reserve_run_id
from wfkit.engine.store import MemoryStore

BASE = "manual__1997-01-01T00:00:00+00:00"


class Asked(MemoryStore):
    """A store that counts how often it is asked for a name."""

    times = 0

    def add_run(self, dag: str, run_id: str, logical_date: str, created: float) -> bool:
        self.times += 1
        return super().add_run(dag, run_id, logical_date, created)


def test_run_id_comes_from_the_logical_date() -> None:
    store = MemoryStore()
    names = [reserve_run_id(store, "sales", DAY, 0.0) for _ in range(3)]
    assert names == [BASE, f"{BASE}_2", f"{BASE}_3"]
    assert reserve_run_id(store, "stock", DAY, 0.0) == BASE


def test_run_id_is_free_even_if_others_were_left_out() -> None:
    store = MemoryStore()
    for name in (BASE, f"{BASE}_3"):
        store.add_run("sales", name, "", 0.0)
    names = [reserve_run_id(store, "sales", DAY, 0.0) for _ in range(2)]
    assert names == [f"{BASE}_4", f"{BASE}_5"]


def test_the_thousandth_run_of_a_date_is_named_as_fast_as_the_second() -> None:
    store = Asked()
    for _ in range(1_000):
        reserve_run_id(store, "sales", DAY, 0.0)
    assert store.times <= 2_000
