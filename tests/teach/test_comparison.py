import pandas as pd

from wfkit.teach.comparison import side_by_side, told


def _told(yours: object, expected: object) -> str:
    found = told(yours, expected)
    return "\n".join([*side_by_side(found.yours, found.expected), *found.words])


MANY = pd.DataFrame({"customer": range(1_000), "amount": 1.5})


def test_rows_that_are_missing_are_told_in_words_with_the_first() -> None:
    assert _told(MANY.drop(index=[7, 8]), MANY).splitlines() == [
        "yours       expected",
        "998 rows    1,000 rows",
        "the expected result has 2 rows that yours has not, such as:",
        "  amount 1.50, customer 7",
    ]


def test_a_row_too_many_is_told_in_words() -> None:
    assert _told(MANY, MANY.drop(index=3)).splitlines()[2:] == [
        "your result has a row that the expected one has not:",
        "  amount 1.50, customer 3",
    ]


def test_a_repeated_row_is_not_called_missing() -> None:
    twice = pd.concat([MANY, MANY.head(2)])
    assert _told(twice, MANY).splitlines()[2:] == [
        "your result has 2 rows more often than the expected one, such as:",
        "  amount 1.50, customer 0",
    ]


def test_other_values_are_told_from_both_sides() -> None:
    assert _told(MANY.assign(amount=2.0), MANY).splitlines()[2::2] == [
        "your result has 1,000 rows that the expected one has not, such as:",
        "the expected result has 1,000 rows that yours has not, such as:",
    ]


def test_small_tables_are_shown_whole() -> None:
    one = pd.DataFrame({"a": [2, 1]})
    other = pd.DataFrame({"a": [1, 3]})
    assert _told(one, other).splitlines() == [
        "yours    expected",
        "a        a",
        "1        1",
        "2        3",
    ]


def test_other_columns_are_named() -> None:
    said = _told(pd.DataFrame({"a": [1]}), pd.DataFrame({"b": [1], "c": [1]}))
    assert said.splitlines()[1].split("  ")[0] == "1 column:"
    assert said.endswith("c")


def test_only_differing_parts_of_a_mapping_are_shown() -> None:
    said = _told({"x": 1, "y": 2}, {"x": 1, "y": 3, "z": ()})
    assert said.splitlines() == ["yours    expected", "y: 2     y: 3", "         z: nothing"]


def test_nothing_is_named_as_nothing() -> None:
    assert _told(None, 3).splitlines()[1] == "nothing (None)    3"


def test_a_foreign_object_shows_no_address() -> None:
    assert "0x" not in _told(object(), 3)


def test_long_values_are_cut() -> None:
    assert max(map(len, _told("x" * 500, "y" * 500).splitlines())) < 100
