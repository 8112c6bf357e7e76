# ruff: noqa: T201 - prints are what may give a secret away
"""No secret is found in anything that wfkit keeps or shows, whatever a task does with it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.api.everywhere import WHERE, everywhere, on_one_soon_on_all_later
from tests.api.planting import Planted, let_out, planted
from tests.api.sinks import SINKS, found, sinks, tried
from wfkit import Dag, Secret
from wfkit.core.errors import NoResult, WfkitError
from wfkit.core.task import Task, task
from wfkit.engine.store import MemoryStore

EACH = 10
RUN_ID = "manual__2000-01-01T00:00:00+00:00"


def careless(number: int, leaks: list[Planted]) -> Task:
    def body() -> None:
        let_out(leaks)

    body.__name__ = f"load_{number}"
    body.__doc__ = f"Gets rows with {leaks[1].texts[0]}."
    return Task(body)


@pytest.mark.slow
@on_one_soon_on_all_later
def test_none_of_200_planted_secrets_is_found(
    where: str, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    leaks = planted()
    tasks = [careless(i, leaks[i : i + EACH]) for i in range(0, len(leaks), EACH)]
    dag = Dag("sales", tasks)
    path = tmp_path / "history.sqlite"
    run = dag.run(store=path, expect="failed", **WHERE[where])
    kept = list(sinks(dag, run, tmp_path))
    secrets = [it.secret for it in leaks]
    assert len(set(secrets)) == 200
    assert {"history.sqlite", *SINKS} <= {name for name, _ in kept}
    assert found(secrets, *kept) == []
    assert found(secrets, ("the screen", "".join(capfd.readouterr()))) == []
    assert len(run.lines) > 3_000
    assert all(any("***" in line.text for line in run.lines if line.task == it) for it in dag.tasks)


@pytest.mark.slow
def test_the_fault_panel_shows_none_of_200_planted_secrets() -> None:
    leaks = planted()
    dag = Dag("sales", [careless(i, leaks[i : i + EACH]) for i in range(0, len(leaks), EACH)])
    shown = tried(dag)
    assert shown.count("***") > 200
    assert found([it.secret for it in leaks], ("panel", shown)) == []


def test_the_search_itself_finds_what_is_there(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"x s3cr3t y")
    store = MemoryStore()

    def body() -> None:
        print("s3cr3t")
        raise ValueError("s3cr3t")

    dag = Dag("sales", [body])
    run = dag.run(store=store, expect="failed")
    places = {it.rpartition(" in ")[2] for it in found(["s3cr3t"], *sinks(dag, run, tmp_path))}
    assert places == {"log", "events", "explain", "logs", "attempts", "run", "error", "file"} | {
        "page of the replay"
    }
    assert found(["s3cr3t"], ("panel", tried(dag))) == ["'s3cr3t' in panel"]


def params() -> dict[str, Any]:
    return {
        "token": Secret("given-as-a-Secret"),
        "api_key": "given-by-its-name",
        "database": {"host": "db", "login": {"password": "given-deep-within"}},
        "url": "postgres://shop:given-in-a-URL@db/sales",
        "hidden": [{"x": (Secret("given-deep-as-a-Secret"),)}],
        "region": "all",
    }


GIVEN = ["given-as-a-Secret", "given-by-its-name", "given-deep-within", "given-in-a-URL"]
GIVEN += ["given-deep-as-a-Secret", "given-as-a-default"]


def uses_params(  # noqa: PLR0917 - they come by name
    token: Secret,
    api_key: str,
    database: dict[str, Any],
    url: str,
    hidden: list[Any],
    region: str,
    fallback: Secret = Secret("given-as-a-default"),  # noqa: B008 - it never changes
) -> int:
    print(token, api_key, database, url, hidden, region, fallback)
    print(token.get_secret_value(), fallback.get_secret_value(), database["login"]["password"])
    print(hidden[0]["x"][0].get_secret_value())
    assert region == "all"
    return len(token.get_secret_value())


@everywhere
def test_params_reach_their_task_and_nothing_else(where: str, tmp_path: Path) -> None:
    def fails(uses_params: int, api_key: str, token: Secret) -> None:
        raise ValueError(f"{api_key} {token.get_secret_value()} {token}")

    dag = Dag("sales", [uses_params, fails], params=params())
    path = tmp_path / "history.sqlite"
    run = dag.run(store=path, expect="failed", **WHERE[where])
    assert run["uses_params"] == len("given-as-a-Secret")
    assert found(GIVEN, *sinks(dag, run, tmp_path)) == []
    assert [line.text for line in run.lines][-2:] == ["*** *** ***", "***"]
    assert run.events[0].to_dict()["detail"]["params"] == {
        "token": "***",
        "api_key": "***",
        "database": {"host": "db", "login": {"password": "***"}},
        "url": "postgres://shop:***@db/sales",
        "hidden": [{"x": ["***"]}],
        "region": "all",
    }
    assert run.snapshot.instances["fails", -1].error is not None
    assert run.snapshot.instances["fails", -1].error["message"] == "*** *** ***"


def test_a_run_that_goes_on_elsewhere_takes_secrets_from_its_dag(tmp_path: Path) -> None:
    seen: list[Any] = []

    def fails_once(token: Secret, region: str, url: str) -> None:
        seen.append((token.get_secret_value(), region, url))
        if len(seen) == 1:
            raise ValueError

    def dag(**given: Any) -> Dag:
        return Dag("sales", [fails_once], params={**params(), **given})

    path = tmp_path / "history.sqlite"
    dag().run({"region": "north"}, store=path, expect="failed")
    other = dag(token=Secret("a-newer-token"), region="south")
    assert other.resume(store=path).state == "success"
    assert seen[1] == ("a-newer-token", "north", params()["url"])


def test_a_run_whose_secret_is_gone_says_what_it_needs(tmp_path: Path) -> None:
    def fails(token: Any) -> None:
        raise ValueError

    path = tmp_path / "history.sqlite"
    dag = Dag("sales", [fails], params={"token": None}, clock="virtual")
    dag.run({"token": Secret("only-for-that-run")}, store=path, expect="failed")
    with pytest.raises(NoResult) as caught:
        Dag("sales", [fails], params={"token": None}).resume(store=path)
    assert str(caught.value) == (
        f"the param token of {RUN_ID} is a secret, which no history keeps.\n"
        'Give the Dag its value, then go on: params={"token": Secret(…)}'
    )
    assert dag.resume(store=path, expect="failed").state == "failed"  # here it is in memory


@everywhere
def test_a_secret_is_no_result_that_a_history_keeps(where: str, tmp_path: Path) -> None:
    def login() -> dict[str, Any]:
        return {"user": "shop", "token": Secret("made-by-a-task")}

    def uses(login: dict[str, Any]) -> int:
        return len(login["token"].get_secret_value())

    dag = Dag("sales", [login, uses])
    run = dag.run(store=tmp_path / "history.sqlite", expect="failed", **WHERE[where])
    error = run.snapshot.instances["login", -1].error
    assert error is not None
    assert error["message"].splitlines() == [
        'what login returned cannot be stored: it["token"] is a Secret, and no history keeps one.',
        "Return what comes of it, or run with store=None to keep results in memory.",
    ]
    assert found(["made-by-a-task"], *sinks(dag, run, tmp_path)) == []
    assert dag.run(store=None, **WHERE[where])["uses"] == len("made-by-a-task")


def test_a_secret_that_a_worker_makes_is_known_when_its_process_dies(tmp_path: Path) -> None:
    def dies() -> None:
        import signal

        print(Secret("made-before-the-end").get_secret_value(), flush=True)
        print("not-a-secret", flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

    dag = Dag("sales", [dies])
    run = dag.run(store=tmp_path / "history.sqlite", executor="process", expect="failed")
    assert [line.text for line in run.lines][:2] == ["***", "not-a-secret"]
    assert found(["made-before-the-end"], *sinks(dag, run, tmp_path)) == []


@everywhere
def test_a_secret_that_is_known_late_is_masked_in_what_came_before(where: str) -> None:
    def body() -> None:
        print("first comes the-late-secret")
        Secret("the-late-secret")

    dag = Dag("sales", [body])
    assert [it.text for it in dag.run(store=None, **WHERE[where]).lines] == ["first comes ***"]


def test_where_a_long_text_is_cut_no_half_secret_is_left(tmp_path: Path) -> None:
    secret = "half-of-this-would-be-too-much"

    def body(token: Secret) -> None:
        value = token.get_secret_value()
        for shift in range(len(value)):
            print("x" * (1_990 - shift) + value + "y" * 300_000)
        raise ValueError("x" * 3_985 + value + "y" * 100_000)

    dag = Dag("sales", [body], params={"token": Secret(secret)})
    run = dag.run(store=tmp_path / "history.sqlite", expect="failed")
    halves = [secret[:12], secret[-12:]]
    assert found(halves, *sinks(dag, run, tmp_path)) == []


def test_why_a_run_is_stopped_is_masked(tmp_path: Path) -> None:
    def waits() -> None:
        from wfkit import cancelled

        while not cancelled():
            pass

    dag = Dag("sales", [waits])
    run = dag.run(store=tmp_path / "history.sqlite", background=True)
    run.cancel("the key AKIAIOSFODNN7EXAMPLE has leaked")
    run.wait(10)
    assert found(["AKIAIOSFODNN7EXAMPLE"], *sinks(dag, run, tmp_path)) == []
    assert "the key *** has leaked" in str(run.explain())


def test_misuse_is_told_without_the_secret() -> None:
    Secret("in-a-wrong-place")

    def told(call: Any) -> str:
        with pytest.raises(WfkitError) as caught:
            call()
        return str(caught.value)

    dag = Dag("sales", [lambda_free])
    for call in (
        lambda: dag.run(params="in-a-wrong-place"),  # type: ignore[arg-type]
        lambda: dag.run(executor="in-a-wrong-place"),
        lambda: dag.run(faults="in-a-wrong-place:2"),
        lambda: dag.logs(grep="in-a-wrong-place("),
        lambda: Dag("sales", schedule="in-a-wrong-place"),
        lambda: Dag("sales", timezone="postgres://a:in-a-wrong-place@b"),
    ):
        assert "in-a-wrong-place" not in told(call)


def lambda_free() -> None:
    """A task that does nothing."""


def test_pydantics_secrets_are_secrets_too(tmp_path: Path) -> None:
    class SecretStr:
        """What a class of pydantic's does that matters here."""

        def __init__(self, value: str) -> None:
            self.value = value

        def get_secret_value(self) -> str:
            return self.value

    def body(key: SecretStr) -> None:
        print(key.get_secret_value())

    dag = Dag("sales", [body], params={"key": SecretStr("hidden-elsewhere")})
    run = dag.run(store=tmp_path / "history.sqlite")
    assert found(["hidden-elsewhere"], *sinks(dag, run, tmp_path)) == []
    assert [it.text for it in run.lines] == ["***"]


def test_a_task_with_a_secret_is_not_cached(tmp_path: Path) -> None:
    ran: list[int] = []

    @task(cache=True)
    def body(token: Secret, region: str) -> int:
        ran.append(1)
        return len(ran)

    dag = Dag("sales", [body], params=params())
    for _ in range(2):
        dag.run(store=tmp_path / "history.sqlite")
    assert len(ran) == 2


def test_results_are_the_learners_and_stay_as_they_are(tmp_path: Path) -> None:
    def rows() -> list[str]:
        return ["password=hunter2", "AKIAIOSFODNN7EXAMPLE"]

    path = tmp_path / "history.sqlite"
    Dag("sales", [rows]).run(store=path)
    assert Dag("sales", [rows]).runs(store=path)[-1]["rows"] == rows()


FILE = """
import os
from wfkit import Dag, Secret, task

@task(retries=1)
def load(token):
    print("with", token.get_secret_value(), token)
    raise ValueError(f"refused: {token.get_secret_value()}")

dag = Dag("sales", [load], params={"token": Secret(os.environ["SHOP_TOKEN"])})
"""


@pytest.mark.long
@pytest.mark.parametrize("executor", ["thread", "process"])
def test_the_command_line_shows_no_secret(tmp_path: Path, executor: str) -> None:
    (tmp_path / "shop.py").write_text(FILE)
    environment = {**os.environ, "SHOP_TOKEN": "from-the-environment"}

    def wfkit(verb: str, *words: str) -> str:
        command = [sys.executable, "-m", "wfkit", verb, "shop.py", "--store", "its.sqlite", *words]
        done = subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False
        )
        return done.stdout + done.stderr

    said = {verb: wfkit(verb) for verb in ("logs", "explain", "runs", "resume", "show")}
    said["run"] = wfkit("run", "--executor", executor)
    said |= {f"{verb} again": wfkit(verb) for verb in ("logs", "explain", "runs", "resume")}
    assert found(["from-the-environment"], *said.items()) == []
    assert "load (attempt 2) | with *** ***\n" in said["logs again"]
    assert "ValueError: refused: ***" in said["run"]
    files = [
        (it.name, it.read_bytes())
        for it in tmp_path.iterdir()
        if it.suffix != ".py" and it.is_file()
    ]
    assert len(files) >= 1
    assert found(["from-the-environment"], *files) == []
