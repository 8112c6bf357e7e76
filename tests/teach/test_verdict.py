"""Exercises judged on Dags made in Python; lessons and notebooks have their own tests."""

from collections.abc import Callable, Mapping
from typing import Any

from wfkit.api.dag import Dag
from wfkit.teach.feedback import Finding, Report, Verdict
from wfkit.teach.manifest import Exercise
from wfkit.teach.verdict import judge


def _exercise() -> Exercise:
    exercise = Exercise("sums", "Sums", 5, tasks=("rows", "total"), hints=("one", "two", "three"))

    @exercise.world
    def _(dag: Dag, seed: int, folder: Any) -> Mapping[str, Any]:
        (folder / "rows.txt").write_text(f"{seed} 2 3")
        return {"run": dag.trial(params={"path": str(folder / "rows.txt")}), "sum": seed + 5}

    @exercise.check("rows are read", task="rows")
    def _(run: Any) -> tuple[object, object]:
        return len(run["rows"]), 3

    @exercise.check("the total is right", task="total")
    def _(run: Any, sum: int) -> tuple[object, object]:  # noqa: A002 - named by the world above
        return run["total"], sum

    return exercise


def rows(path: str) -> list[int]:
    with open(path) as file:  # noqa: PTH123 - as a learner would write it
        return [int(word) for word in file.read().split()]


def total(rows: list[int]) -> int:
    return sum(rows)


def _dag(*tasks: Callable[..., Any]) -> Dag:
    return Dag("sums", tasks, params={"path": ""})


def _judge(*tasks: Callable[..., Any]) -> Report:
    return judge(_exercise(), _dag(*tasks))


def test_no_dag_or_none_of_the_tasks_is_not_started() -> None:
    assert judge(_exercise(), None).verdict is Verdict.NOT_STARTED
    assert judge(_exercise(), _dag()).verdict is Verdict.NOT_STARTED


def test_a_missing_task_is_not_yet_and_named() -> None:
    report = _judge(rows)
    assert (report.verdict, report.missing) == (Verdict.NOT_YET, ("total",))
    assert "Still missing: total." in repr(report)


def test_right_answers_are_done() -> None:
    assert repr(_judge(rows, total)).splitlines() == [
        "sums: done (2 of 2 checks)",
        "✔ rows are read",
        "✔ the total is right",
    ]


def test_a_wrong_result_shows_both_and_the_own_line_and_the_first_hint() -> None:
    def total(rows: list[int]) -> int:
        subtotal = sum(rows)
        return subtotal + 1

    said = repr(_judge(rows, total))
    number = total.__code__.co_firstlineno + 2
    assert said.splitlines() == [
        "sums: not yet (1 of 2 checks)",
        "✔ rows are read",
        "✘ the total is right",
        "    yours    expected",
        "    7        6",
        f"    your line: total, line {number}: return subtotal + 1",
        "hint 1 of 3: one",
        "%hint sums shows hint 2 of 3.",
    ]


def test_a_literal_is_found_by_the_hidden_data() -> None:
    def total(rows: list[int]) -> int:
        return 6

    report = _judge(rows, total)
    assert [finding.is_hidden for finding in report.findings if not finding.passed] == [True]
    assert "Right for the data you see, wrong for other data" in repr(report)
    assert judge(_exercise(), _dag(rows, total), cases={"public": 1}).verdict is Verdict.DONE


def test_a_task_that_raises_is_the_one_cause_with_its_line() -> None:
    def rows(path: str) -> list[int]:
        return path.read()  # type: ignore[attr-defined,no-any-return]

    said = repr(_judge(rows, total))
    assert "rows failed: AttributeError: 'str' object has no attribute 'read'" in said
    assert "return path.read()" in said
    assert said.count("    your line") == said.count("failed:") == 1


def test_a_dag_that_cannot_run_is_not_yet_with_the_reason() -> None:
    def total(row: list[int]) -> int:
        return sum(row)

    report = _judge(rows, total)
    assert report.verdict is Verdict.NOT_YET
    assert 'Did you mean "rows"?' in repr(report)


def test_feedback_names_no_temporary_folder() -> None:
    def rows(path: str) -> list[int]:
        raise FileNotFoundError(path + ".gz")

    assert "…/public/rows.txt.gz" in repr(_judge(rows, total))


def test_a_report_survives_json() -> None:
    report = Report("sums", Verdict.NOT_YET, (Finding("a", False, ["1"], ["2"]),), hint="one")
    assert repr(Report.from_dict(report.to_dict())) == repr(report)


def _order_exercise() -> Exercise:
    hints = ("one", "two", "three")
    exercise = Exercise("order", "Order", 5, hints=hints, values=("order",), dag="mine")

    @exercise.world
    def _(order: str, seed: int) -> Mapping[str, Any]:
        return {"reversed": order[::-1]} if seed == 1 else {}

    @exercise.check("the order is right")
    def _(order: str) -> tuple[object, object]:
        return order, "A B"

    @exercise.mistake("It goes\nthe other way round.")
    def _(reversed: str) -> bool:  # noqa: A002 - named by the world above
        return reversed == "A B"

    return exercise


def test_a_value_and_a_named_dag_may_be_asked_for() -> None:
    exercise = _order_exercise()
    other, mine = Dag("other", [total]), Dag("mine")
    assert judge(exercise, None).verdict is Verdict.NOT_STARTED
    assert judge(exercise, other, {"order": "____"}).verdict is Verdict.NOT_STARTED
    assert judge(exercise, other, {"order": "A B"}).missing == ("the Dag mine",)
    assert judge(exercise, mine).missing == ("order",)
    assert judge(exercise, mine, {"order": "A B", "more": 1}).verdict is Verdict.DONE


def test_a_known_mistake_is_named_below_the_first_difference() -> None:
    said = repr(judge(_order_exercise(), Dag("mine"), {"order": "B A"}))
    assert said.splitlines() == [
        "order: not yet (0 of 1 checks)",
        "✘ the order is right",
        "    yours    expected",
        "    B A      A B",
        "    It goes",
        "    the other way round.",
        "hint 1 of 3: one",
        "%hint order shows hint 2 of 3.",
    ]


def test_a_mistake_that_was_not_made_is_not_named() -> None:
    assert judge(_order_exercise(), Dag("mine"), {"order": "C"}).advice == ""


def test_what_the_check_itself_broke_is_not_told_as_the_cause() -> None:
    exercise = _exercise()

    @exercise.check("the total is there in any case", task="total")
    def _(dag: Dag) -> tuple[object, object]:
        return dag.trial(faults="rows:always")["total"], 6

    @exercise.world
    def _(dag: Dag) -> Mapping[str, Any]:
        return {"broken": dag.trial(faults="rows:always")}

    @exercise.check("the total is in the broken run", task="total")
    def _(broken: Any) -> tuple[object, object]:
        return broken["total"], 6

    said = [finding.cause for finding in judge(exercise, _dag(rows, total)).findings[2:]]
    assert said[0] == said[1]
    assert "injected" not in said[1].splitlines()[0]
    assert said[1].startswith("total has no result in manual__")
    assert "resume" not in said[1]
