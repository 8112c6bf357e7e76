"""The command line, as it is typed."""

from __future__ import annotations

import io
import json
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

import pytest

from wfkit import cli
from wfkit.core.errors import WfkitError
from wfkit.engine.scheduler import Scheduler
from wfkit.teach.doctor import diagnosis
from wfkit.teach.doctor.diagnosis import Check
from wfkit.teach.doctor.finding import Around, Finding, Level

DAG = """
from wfkit import Dag

def orders(): return [3, 4]
def revenue(orders): return sum(orders)
def broken(): raise ValueError("no column 'amount'")

sales = Dag("sales", [orders, revenue])
"""
BROKEN = DAG + '\nworse = Dag("worse", [orders, broken])\n'


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WFKIT_HOME", str(tmp_path / "home"))
    (tmp_path / "shop.py").write_text(DAG, "utf-8")
    (tmp_path / "broken.py").write_text(BROKEN, "utf-8")
    return tmp_path


def notebook(path: Path, cells: Sequence[str]) -> None:
    code: list[dict[str, object]] = [
        {
            "cell_type": "code",
            "id": f"cell-{number}",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
            "source": source,
        }
        for number, source in enumerate(cells)
    ]
    text = {"cells": code, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    path.write_text(json.dumps(text), "utf-8")


def told(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    out, err = capsys.readouterr()
    return out.strip(), err.strip()


def test_alerts_are_sent_before_the_command_ends_and_listed(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "told.py").write_text(
        f"{BROKEN}\nfrom pathlib import Path\n"
        "def keep(alert): Path('told.txt').write_text(alert.subject)\nworse.alert(keep)\n",
        "utf-8",
    )
    assert cli.main(["run", "told.py", "--dag", "worse"]) == cli.FAILED
    subject = "worse failed: broken, ValueError: no column 'amount'"
    assert (shop / "told.txt").read_text("utf-8") == subject
    told(capsys)
    assert cli.main(["alerts", "told.py", "--dag", "worse"]) == cli.OK
    head, first, _, to = told(capsys)[0].splitlines()
    assert head == "Alerts of worse, oldest first: 1 sent"
    assert (first, to) == (f"✘ failure: {subject}", "    sent to keep()")


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--help"]) == cli.OK
    out, _ = told(capsys)
    shown = [line.split()[0] for line in out.splitlines() if line.startswith("  ")]
    assert shown == [name for name in cli.COMMANDS if name != "author"]


def test_authors_are_not_learners_but_served(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["athor"]) == cli.MISUSED
    assert "author" not in told(capsys)[1]
    assert cli.main(["author", "biuld"]) == cli.MISUSED
    assert "Write: wfkit author build" in told(capsys)[1]


@pytest.mark.parametrize("name", cli.COMMANDS)
def test_each_command_explains_itself(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main([name, "--help"]) == cli.OK
    assert told(capsys)[0].startswith(f"wfkit {name}")


def test_misspelt_command_is_put_right(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["rnu"]) == cli.MISUSED
    assert 'Did you mean "run"?' in told(capsys)[1]


def test_misspelt_flag_is_put_right(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "shop.py", "--sede", "3"]) == cli.MISUSED
    assert 'Did you mean "--seed"?' in told(capsys)[1]
    assert not (shop / "home").exists()


def test_run_ends_with_the_state_of_the_run(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "shop.py", "--logical-date", "1997-01-01"]) == cli.OK
    out, err = told(capsys)
    assert "success" in out
    assert "revenue" in out
    assert err == ""


def test_failed_run_shows_the_error_and_exits_with_1(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", "broken.py", "--dag", "worse"]) == cli.FAILED
    _, err = told(capsys)
    assert "✘ broken failed after 1 attempt" in err
    assert "ValueError: no column 'amount'" in err


def test_expected_failure_exits_with_0(shop: Path) -> None:
    assert cli.main(["run", "broken.py", "--dag", "worse", "--expect", "failed"]) == cli.OK


def test_run_upto_leaves_the_rest_out(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "shop.py", "--upto", "orders"]) == cli.OK
    assert "revenue" not in told(capsys)[0]


def test_odds_are_printed_and_run_nothing(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--fault", "orders:50%", "--vary", "orders.retries=0,3", "--night", "20"]
    assert cli.main(["odds", "shop.py", *words]) == cli.MISUSED
    assert 'Did you mean "--nights"?' in told(capsys)[1]
    assert cli.main(["odds", "shop.py", *words[:-2], "--nights", "20"]) == cli.OK
    lines = told(capsys)[0].splitlines()
    assert lines[0] == "Odds of sales over 20 nights"
    assert [line.split()[0] for line in lines[2:]] == ["orders.retries=0", "orders.retries=3"]


TIMED = (
    DAG
    + """
nightly = Dag("nightly", [orders], schedule="30 1 * * *", start_date="1997-01-01")
after = Dag("after_nightly", [orders], schedule="after nightly", start_date="1997-01-01")
"""
)


@pytest.fixture
def timed(shop: Path) -> str:
    (shop / "timed.py").write_text(TIMED, "utf-8")
    return "timed.py"


def test_upcoming_prints_the_next_ticks(timed: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["--n", "2", "--after", "1997-01-01", "--dag", "nightly"]
    assert cli.main(["upcoming", timed, *words]) == cli.OK
    assert told(capsys)[0].splitlines() == [
        "every day at 01:30, UTC",
        "  due                   for the time since",
        "  1997-01-02 01:30 UTC  1997-01-01 01:30 UTC",
        "  1997-01-03 01:30 UTC  1997-01-02 01:30 UTC",
    ]


@pytest.mark.parametrize("verb", ["upcoming", "simulate", "serve"])
def test_a_dag_without_a_schedule_gets_the_next_step(
    shop: Path, capsys: pytest.CaptureFixture[str], verb: str
) -> None:
    assert cli.main([verb, "shop.py"]) == cli.MISUSED
    out, err = told(capsys)
    assert out == ""
    assert err == (
        "wfkit: sales has no schedule, so no run is ever due.\n"
        'Give it one, such as schedule="30 1 * * *".'
    )


def test_simulate_knows_the_other_dags_of_the_file(
    timed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["simulate", timed, "--dag", "after_nightly", "--days", "3"]) == cli.OK
    assert cli.main(["simulate", timed, "--dag", "nightly", "--end", "1996-12-31"]) == cli.MISUSED
    assert told(capsys)[1].startswith("wfkit: end 1996-12-31 00:00 is not after start 1997-01-01")


def test_backfill_fills_a_range_without_a_bar_where_nobody_looks(
    timed: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wfkit.api.progress.PATIENCE", 0.0)
    monkeypatch.delenv("WFKIT_LIVE", raising=False)
    words = [timed, "--dag", "nightly", "--start", "1997-02-01", "--end", "1997-02-04"]
    assert cli.main(["backfill", *words, "--limit", "2"]) == cli.OK
    assert cli.main(["backfill", *words]) == cli.OK
    out, err = told(capsys)
    assert err == ""
    assert out.splitlines() == [
        "Backfill of nightly: 2 of 2 runs succeeded",
        "Backfill of nightly: 1 of 1 runs succeeded, 2 dates already had a run",
    ]


def test_backfill_needs_its_range(timed: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["backfill", timed, "--start", "1997-02-01"]) == cli.MISUSED
    assert told(capsys)[1] == (
        "wfkit: wfkit backfill needs --end.\nWrite: wfkit backfill --start DATE --end DATE"
    )


def test_explain_tells_the_last_run(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    date = ["--logical-date", "1997-01-01"]
    assert cli.main(["run", "broken.py", "--dag", "worse", "--expect", "failed", *date]) == cli.OK
    told(capsys)
    assert cli.main(["explain", "broken.py", "--dag", "worse"]) == cli.OK
    assert told(capsys)[0].startswith(
        "manual__1997-01-01T00:00:00+00:00 of worse failed because broken failed after 1 attempt: "
    )
    assert cli.main(["explain", "broken.py", "--dag", "worse", "orders"]) == cli.OK
    assert told(capsys)[0] == "orders succeeded: it waits for no other task"


@pytest.mark.slow
def test_crash_is_as_expected(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "shop.py", "--crash-after", "orders"]) == cli.OK
    out, _ = told(capsys)
    assert "? lost     revenue" in out
    assert cli.main(["run", "shop.py", "--crash-after", "revenue"]) == cli.FAILED
    assert "nothing was left to lose" in told(capsys)[1]


def test_several_dags_need_a_choice(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["run", "broken.py"]) == cli.MISUSED
    assert told(capsys)[1].endswith("Choose one: --dag sales, --dag worse")


def test_unknown_dag_gets_the_nearest(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", "broken.py", "--dag", "sale"]) == cli.MISUSED
    assert 'Did you mean "sales"?' in told(capsys)[1]


def test_show_prints_the_text_twin(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["show", "shop.py"]) == cli.OK
    out, _ = told(capsys)
    assert out.startswith("Dag sales")
    assert "revenue" in out


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        ("gone.py", None, "there is no file"),
        ("notes.txt", "hello", "is no notebook"),
        ("empty.py", "x = 1", "declares no Dag"),
        ("damaged.ipynb", "{", "is damaged"),
        ("typo.py", "import pandsa", "cannot be imported: ModuleNotFoundError"),
    ],
)
def test_bad_file_is_named(
    shop: Path, capsys: pytest.CaptureFixture[str], name: str, text: str | None, expected: str
) -> None:
    if text is not None:
        (shop / name).write_text(text, "utf-8")
    assert cli.main(["show", name]) in {cli.FAILED, cli.MISUSED}
    _, err = told(capsys)
    assert expected in err
    assert len(err.splitlines()) <= 3


@pytest.mark.slow
def test_notebook_runs_only_what_it_declares(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    notebook(
        shop / "nightly.ipynb",
        [
            "%load_ext wfkit\nimport math",
            "%dag new nightly",
            "%%task --retries 2\ndef orders():\n    return [9, 16]",
            "open('touched', 'w').close()",
            "%dag run",
            "%%task\ndef roots(orders):\n    return [math.sqrt(it) for it in orders]",
        ],
    )
    assert cli.main(["run", "nightly.ipynb", "--logical-date", "1997-01-01"]) == cli.OK
    out, _ = told(capsys)
    assert "roots" in out
    assert not (shop / "touched").exists()


@pytest.fixture
def lesson(shop: Path) -> Path:
    (shop / "lessons").mkdir()
    (shop / "lessons" / "rows.txt").write_text("9 16", "utf-8")
    cells = [
        "%load_ext wfkit\nfrom pathlib import Path",
        "%dag new nightly --clock virtual",
        "%%task\ndef orders():\n    return [*map(int, Path('rows.txt').read_text().split())]",
        "%%task\ndef revenue(orders):\n    print('adding')\n    return sum(orders)",
        "%%task\ndef average(____):\n    return ____",
    ]
    notebook(shop / "lessons" / "nightly.ipynb", cells)
    return Path("lessons") / "nightly.ipynb"


def test_relative_paths_start_in_the_folder_of_the_notebook(
    lesson: Path, shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["run", str(lesson), "--store", "here.sqlite"]) == cli.OK
    out, err = told(capsys)
    assert "✔ success  revenue" in out
    assert err == "Left out, because ____ waits in them: code cell 5 (average)."
    assert Path.cwd() == shop
    assert (shop / "here.sqlite").is_file()


def test_the_file_may_stand_anywhere(lesson: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = ["--fault", "orders:always", "--expect", "failed"]
    for words in ([str(lesson), *broken], [*broken, str(lesson)]):
        assert cli.main(["run", *words]) == cli.OK
    assert cli.main(["explain", str(lesson), "revenue"]) == cli.OK
    last = told(capsys)[0].splitlines()[-1]
    cause = "orders failed after 1 attempt: ConnectionError: injected fault"
    assert last == f"revenue is upstream_failed because {cause}"


def test_a_run_goes_on_and_is_read_from_the_command_line(
    lesson: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = str(lesson)
    assert cli.main(["run", file, "--fault", "revenue:always"]) == cli.FAILED
    assert cli.main(["resume", file]) == cli.OK
    assert cli.main(["resume", file]) == cli.OK
    run = "manual__2000-01-01T00:00:00+00:00"
    assert told(capsys)[0].endswith(f"DagRun {run} of nightly: success, nothing is left to do")
    assert cli.main(["logs", file, "revenue"]) == cli.OK
    assert cli.main(["runs", file]) == cli.OK
    assert told(capsys)[0].splitlines() == [
        "revenue (attempt 2) | adding",
        "Runs of nightly, oldest first",
        "  S success, S2: in attempt 2",
        "run                                orders  revenue  state",
        f"{run}  S       S2       success",
    ]
    assert cli.main(["metrics", file]) == cli.OK
    assert told(capsys)[0].splitlines()[:2] == [
        "Metrics of nightly over 1 run",
        "  success:  1 of 1 run (100 %)",
    ]
    assert cli.main(["scaling", file]) == cli.OK
    assert told(capsys)[0].startswith("Scaling of nightly: no run to compare yet")
    assert cli.main(["replay", file, run]) == cli.OK
    story = told(capsys)[0].splitlines()
    assert story[0].startswith(f"DagRun {run}: success, ")
    cause = "revenue attempt 1 raises ConnectionError: injected fault; the task has failed"
    assert [line.partition("s  ")[2] for line in story if "revenue attempt 1 r" in line] == [cause]
    assert [line for line in story if "the run goes on" in line]
    assert cli.main(["rerun", file, "orders", "--no-downstream"]) == cli.OK
    assert cli.main(["logs", file]) == cli.OK
    assert told(capsys)[0].splitlines()[-1] == "revenue (attempt 2) | adding"


@pytest.mark.slow
def test_module_and_script_are_the_same_command(shop: Path) -> None:
    command = [sys.executable, "-m", "wfkit", "show", "shop.py"]
    done = subprocess.run(command, cwd=shop, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("Dag sales")


SERVED = """
from wfkit import Dag

def orders(): return [3, 4]
def broken(): raise ValueError("no rows")

by_hand = Dag("by_hand", [orders])
sales = Dag("sales", [orders], schedule="every 1s")
worse = Dag("worse", [broken], schedule="every 1s")
"""


@pytest.mark.slow
@pytest.mark.parametrize("sign", [signal.SIGTERM, signal.SIGINT])
def test_serve_tells_what_happens_until_a_signal_comes(shop: Path, sign: signal.Signals) -> None:
    (shop / "served.py").write_text(SERVED, "utf-8")
    command = [sys.executable, "-m", "wfkit", "serve", "served.py"]
    with subprocess.Popen(command, cwd=shop, stdout=-1, stderr=-1, text=True) as process:
        assert process.stdout is not None
        lines = []
        for line in process.stdout:
            lines.append(line)
            if all(end in "".join(lines) for end in ("is success", "is failed")):
                process.send_signal(sign)
                break
        lines += process.stdout.read().splitlines(keepends=True)
        assert process.wait(30) == cli.OK
        assert process.stderr is not None
        assert process.stderr.read() == ""
    stamp = r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d \S+  "
    run = r"scheduled__\S+"
    assert [line for line in lines if not re.match(stamp, line)] == []
    texts = [re.sub(run, "RUN", re.sub(stamp, "", line).rstrip()) for line in lines]
    assert texts[:2] == ["serving sales: every second", "serving worse: every second"]
    assert texts[-2:] == ["stopping", "stopped"]
    assert {"sales RUN begins", "sales RUN is success", "worse RUN begins"} <= set(texts)
    cause = "broken failed after 1 attempt: ValueError: no rows (line 5, in broken)"
    assert f"worse RUN is failed: {cause}" in texts


@pytest.mark.slow
def test_a_scheduler_that_dies_ends_serve_with_its_cause(
    shop: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def die(self: Scheduler) -> None:
        raise MemoryError("no more room")

    (shop / "served.py").write_text(SERVED, "utf-8")
    monkeypatch.setattr(Scheduler, "_start_what_is_due", die)
    assert cli.main(["serve", str(shop / "served.py")]) == cli.FAILED
    assert told(capsys)[1] == (
        "the scheduler died: MemoryError: no more room.\nServe it again: dag.serve()"
    )


def test_export_prints_the_source_or_writes_it(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["export", "shop.py", "airflow"]) == cli.OK
    out, err = told(capsys)
    assert out.startswith("# The Dag sales for Airflow 3, written by wfkit.")
    assert err.startswith("Results go through XCom")
    assert cli.main(["export", "airflow", "shop.py"]) == cli.OK  # either order
    assert told(capsys) == (out, err)
    assert cli.main(["export", "shop.py", "prefect", "--to", "out.py"]) == cli.OK
    assert told(capsys)[0] == f"sales → {shop / 'out.py'} for Prefect 3"
    (shop / "out.py").write_text("mine", "utf-8")
    assert cli.main(["export", "shop.py", "prefect", "--to", "out.py"]) == cli.FAILED
    assert "Replace it with --force" in told(capsys)[1]
    assert cli.main(["export", "shop.py", "prefct"]) == cli.MISUSED
    assert 'Did you mean "prefect"?' in told(capsys)[1]


def test_a_terminal_without_signs_gets_what_stands_for_them(
    shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bare = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    monkeypatch.setattr(sys, "stdout", bare)
    assert cli.main(["show", "shop.py"]) == cli.OK
    said = bare.buffer.getvalue().decode("ascii")
    assert said == "Dag sales: 2 tasks\n  orders\n  revenue  <- orders\n"


@pytest.fixture
def examined(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the doctor find one thing well, one to warn of, and one that failed."""

    def found(around: Around) -> list[Finding]:
        return [
            Finding("Python", Level.OK, "3.11"),
            Finding("Graphviz", Level.WARNING, "is missing", ("pip install pygraphviz",)),
        ]

    def dead(around: Around) -> NoReturn:
        raise WfkitError("the kernel died.\nStart it again.")

    checks = (Check("packages", found), Check("kernel", dead))
    monkeypatch.setattr(diagnosis, "CHECKS", checks)


@pytest.mark.usefixtures("examined")
def test_doctor_tells_each_check_and_fails_for_what_is_needed(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert cli.main(["doctor", "--dir", "mine"]) == cli.FAILED
    assert told(capsys)[0].splitlines() == [
        "✔ ok       Python           3.11",
        "! warning  Graphviz         is missing",
        "           pip install pygraphviz",
        "✘ failed   kernel           the kernel died.",
        "           Start it again.",
        "1 failed: mend the first, then ask again.",
    ]
    assert cli.main(["doctor", "--json"]) == cli.FAILED
    plain = json.loads(told(capsys)[0])
    assert plain["well"] is False
    assert [it["level"] for it in plain["checks"]] == ["ok", "warning", "failed"]


@pytest.mark.usefixtures("examined")
def test_doctor_with_warnings_alone_is_well(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(diagnosis, "CHECKS", diagnosis.CHECKS[:1])
    assert cli.main(["doctor"]) == cli.OK
    assert told(capsys)[0].splitlines()[-1].startswith("All that is needed is well. 1 warning")


def test_lessons_are_listed_with_the_progress_of_the_learners_copy(
    shop: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    for part in ("notebooks", "exercises", ".wfkit"):
        (shop / "mine" / part).mkdir(parents=True)
    known = {"exercises": {"task_boundaries": {"verdict": "done", "tries": 1}}}
    (shop / "mine" / ".wfkit" / "progress.json").write_text(json.dumps(known), "utf-8")
    monkeypatch.delenv("WFKIT_HOME")
    assert cli.main(["lessons", "--dir", "mine"]) == cli.OK
    out, _ = told(capsys)
    assert re.search(r"^  …  1 Task boundaries +25 min  0 of \d+ predictions", out, re.MULTILINE)
    assert "✔ task_boundaries: done" in out
    monkeypatch.chdir(shop / "mine" / "notebooks")
    assert cli.main(["lessons"]) == cli.OK
    assert told(capsys)[0] == out
    assert cli.main(["lessons", "--json"]) == cli.OK
    found = {it["title"]: it for it in json.loads(told(capsys)[0])}
    assert found["Task boundaries"]["state"] == "begun"
    monkeypatch.chdir(shop)
    assert cli.main(["lessons", "--dir", "elsewhere"]) == cli.OK
    assert "done" not in told(capsys)[0]
    assert not (shop / ".wfkit").exists()
    assert not (shop / "elsewhere").exists()
