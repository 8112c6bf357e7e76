from datetime import date
from pathlib import Path

import pytest

from wfkit.core.errors import InvalidOption
from wfkit.teach.shop import HEADER, daily_drops, purchases


def _bytes(folder: Path) -> dict[str, bytes]:
    files = (p for p in folder.rglob("*") if p.is_file())
    return {str(p.relative_to(folder)): p.read_bytes() for p in files}


def test_purchases_are_those_of_the_data_set() -> None:
    days = purchases()
    assert sum(map(len, days.values())) == 69_659
    assert len({row.split(",")[0] for rows in days.values() for row in rows}) == 23_570
    assert (min(days), max(days), len(days)) == (date(1997, 1, 1), date(1998, 6, 30), 546)
    rows = [row for day in days.values() for row in day]
    assert sum(float(row.rpartition(",")[2]) == 0 for row in rows) == 80
    assert len(rows) - len(set(rows)) == 255
    assert (max(map(len, days.values())), min(map(len, days.values()))) == (504, 44)


def test_daily_drops_write_one_file_a_day_without_the_end(tmp_path: Path) -> None:
    drops = daily_drops(tmp_path, "1997-01-05", date(1997, 1, 7))
    assert [(d.path.name, d.rows) for d in drops] == [
        ("1997-01-05.csv", 256),
        ("1997-01-06.csv", 275),
    ]
    assert repr(drops) == "2 files with 531 purchases, 1997-01-05 to 1997-01-06"
    assert sorted(_bytes(tmp_path)) == ["1997-01-05.csv", "1997-01-06.csv"]
    lines = drops[0].path.read_text().splitlines()
    assert lines == [HEADER, *purchases()[date(1997, 1, 5)]]


def test_daily_drops_without_an_end_write_one_day(tmp_path: Path) -> None:
    assert repr(daily_drops(tmp_path, "1998-06-30")) == "1 file with 58 purchases, 1998-06-30"


def test_same_seed_same_bytes_and_another_seed_others(tmp_path: Path) -> None:
    dirt = ["late", "empty", "duplicated", "malformed"]
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        daily_drops(tmp_path / name, "1997-02-01", "1997-02-15", seed=seed, dirt=dirt)
    assert _bytes(tmp_path / "a") == _bytes(tmp_path / "b")
    assert _bytes(tmp_path / "a") != _bytes(tmp_path / "c")


def test_a_day_does_not_depend_on_the_other_days(tmp_path: Path) -> None:
    dirt = {"1997-02-03": "malformed"}
    (alone,) = daily_drops(tmp_path / "a", "1997-02-03", dirt=dirt)
    many = daily_drops(tmp_path / "b", "1997-02-01", "1997-02-09", dirt=dirt)
    assert alone.path.read_bytes() == many[2].path.read_bytes()


def test_each_kind_of_dirt_is_what_it_says(tmp_path: Path) -> None:
    kinds = ["late", "empty", "duplicated", "malformed"]
    dirt = {f"1997-01-0{n}": kind for n, kind in enumerate(kinds, 1)}
    drops = daily_drops(tmp_path, "1997-01-01", "1997-01-05", dirt=dirt)
    late, empty, duplicated, malformed = drops
    assert late.path == tmp_path / "late" / "1997-01-01.csv"
    assert empty.path.read_text() == f"{HEADER}\n"
    rows = duplicated.path.read_text().splitlines()[1:]
    assert set(rows) == set(purchases()[duplicated.day])
    assert len(rows) > len(purchases()[duplicated.day]) + 5
    odd = [row for row in malformed.path.read_text().splitlines() if "$" in row]
    assert 0 < len(odd) < malformed.rows / 10
    assert [d.dirt for d in drops] == kinds


def test_a_late_file_written_again_on_time_is_in_one_place(tmp_path: Path) -> None:
    daily_drops(tmp_path, "1997-01-01", dirt=["late"])
    daily_drops(tmp_path, "1997-01-01")
    assert list(_bytes(tmp_path)) == ["1997-01-01.csv"]


def test_scale_repeats_a_day_with_other_customers(tmp_path: Path) -> None:
    (drop,) = daily_drops(tmp_path, "1997-01-05", scale=3)
    rows = [line.split(",") for line in drop.path.read_text().splitlines()[1:]]
    assert len(rows) == drop.rows == 3 * 256
    assert len({row[0] for row in rows}) == 3 * len({row[0] for row in rows[:256]})
    assert sum(float(row[3]) for row in rows) == pytest.approx(3 * 9_274.80)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda f: daily_drops(f, "1996-12-31"), "the shop has no files from 1996-12-31"),
        (lambda f: daily_drops(f, "1997-01-05", "1997-01-05"), "the earlier one first"),
        (lambda f: daily_drops(f, "5 January"), "write it as 1997-01-05"),
        (lambda f: daily_drops(f, "1997-01-05", dirt=["mallformed"]), 'Did you mean "malformed"?'),
        (lambda f: daily_drops(f, "1997-01-05", dirt=["late", "empty"]), "need 2 days, not 1"),
        (lambda f: daily_drops(f, "1997-01-05", dirt={"1997-01-06": "late"}), "dirt on 1997-01-06"),
        (lambda f: daily_drops(f, "1997-01-05", scale=0), "scale=0 is not possible"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_before_anything_is_written(
    tmp_path: Path, call: object, message: str
) -> None:
    with pytest.raises(InvalidOption, match=message.replace("?", r"\?")):
        call(tmp_path / "drops")  # type: ignore[operator]
    assert not (tmp_path / "drops").exists()
