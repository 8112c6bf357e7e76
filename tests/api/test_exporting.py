"""`dag.export`: what it returns, what it writes, what it refuses."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from wfkit import Dag
from wfkit.api.exporting import CannotSave, FileExists
from wfkit.core.errors import EmptyDag, InvalidOption, UnknownUpstream, WfkitError


def orders() -> list[int]:
    """One day."""
    return [3, 4]


def revenue(orders: list[int]) -> int:
    return sum(orders)


@pytest.fixture
def dag() -> Dag:
    return Dag("sales", [orders, revenue])


def short(error: WfkitError) -> str:
    text = str(error)
    assert len(text.splitlines()) <= 3
    return text


def test_one_engine_gives_its_source(dag: Dag) -> None:
    exported = dag.export("airflow")
    assert exported.source.startswith("# The Dag sales for Airflow 3, written by wfkit.\n")
    assert repr(exported) == exported.source.rstrip("\n")
    assert exported.notes == dag.export("Airflow ").notes
    assert exported.paths == ()


def test_no_engine_gives_all_three_beside_each_other(dag: Dag) -> None:
    exported = dag.export()
    assert [it.engine for it in exported.files] == ["airflow", "prefect", "dagster"]
    text = repr(exported)
    assert text.startswith("sales in Airflow 3, Prefect 3, Dagster\n")
    at = [text.index(f"=== {it}") for it in ("above the tasks", "orders", "revenue", "the Dag")]
    assert at == sorted(at)
    row = text[at[1] : at[2]]
    assert row.count("def orders() -> list[int]:") == 2
    assert row.count("def orders():") == 1  # Dagster checks annotations when it runs
    assert ["upstream_failed", "upstream_failed", "NotReady", "no", "event"] in [
        line.split() for line in text.splitlines()
    ]
    with pytest.raises(InvalidOption, match="there are several files"):
        _ = exported.source


@pytest.mark.parametrize(
    ("engine", "name"),
    [("prefect", "prefect.py"), ("airflow", "airflow.py"), ("dagster", "dagster.py")],
)
def test_a_file_does_not_hide_what_it_imports(
    dag: Dag, tmp_path: Path, engine: str, name: str
) -> None:
    with pytest.raises(CannotSave, match=f"in place of {engine}, which it imports") as refused:
        dag.export(engine, to=tmp_path / name, force=True)
    assert short(refused.value).endswith(f"Name it otherwise: --to sales_{engine}.py")
    assert list(tmp_path.iterdir()) == []


def test_the_words_of_all_four_can_be_had_alone(dag: Dag) -> None:
    exported = dag.export("airflow")
    assert exported.words.heads == ("wfkit", "Airflow", "Prefect", "Dagster")
    assert ("retries", "retries", "retries", "max_retries") in exported.words.rows
    assert "\n".join(["=== words", str(exported.words)]) in repr(dag.export())


def test_an_unknown_engine_gets_the_nearest(dag: Dag) -> None:
    with pytest.raises(InvalidOption) as refused:
        dag.export("prefekt")
    assert short(refused.value) == (
        'engine="prefekt" is unknown. Did you mean "prefect"?\n'
        "Choose one of: airflow, prefect, dagster."
    )


def test_what_cannot_run_cannot_be_exported() -> None:
    with pytest.raises(EmptyDag, match="sales has no tasks to export"):
        Dag("sales").export("airflow")
    with pytest.raises(UnknownUpstream, match='asks for "orders"'):
        Dag("sales", [revenue]).export("airflow")


def test_a_file_is_written_once_and_replaced_on_demand(dag: Dag, tmp_path: Path) -> None:
    path = tmp_path / "nightly.py"
    exported = dag.export("prefect", to=path)
    assert exported.paths == (path,)
    assert path.read_text("utf-8") == exported.source
    assert path.stat().st_mode & 0o777 == 0o666 & ~_umask()
    assert repr(exported).splitlines()[0] == f"sales → {path} for Prefect 3"
    assert dag.export("prefect", to=path).paths == (path,)  # the same text is no harm
    path.write_text("mine", "utf-8")
    with pytest.raises(FileExists) as refused:
        dag.export("prefect", to=path)
    assert short(refused.value) == (
        f"{path} is there already, with other text.\nReplace it with --force."
    )
    assert path.read_text("utf-8") == "mine"
    dag.export("prefect", to=path, force=True)
    assert path.read_text("utf-8") == exported.source
    assert [it.name for it in tmp_path.iterdir()] == ["nightly.py"]


def _umask() -> int:
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


def test_a_folder_takes_the_files_of_all(dag: Dag, tmp_path: Path) -> None:
    found = dag.export(to=tmp_path)
    names = ["sales_airflow.py", "sales_prefect.py", "sales_dagster.py"]
    assert [it.name for it in found.paths] == names
    (tmp_path / "sales_dagster.py").write_text("mine", "utf-8")
    for name in names[:2]:
        (tmp_path / name).unlink()
    with pytest.raises(FileExists):
        dag.export(to=tmp_path)
    assert [it.name for it in tmp_path.iterdir()] == ["sales_dagster.py"]  # all or none


@pytest.mark.parametrize(
    ("to", "why"),
    [
        ("nightly.txt", "is no Python file.\nName one: --to nightly.py"),
        ("../away/nightly.py", "is no folder that is there.\nMake it first, or name another."),
    ],
)
def test_places_that_cannot_be_are_refused(
    dag: Dag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, to: str, why: str
) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(CannotSave) as refused:
        dag.export("airflow", to=to)
    assert short(refused.value).endswith(why)
    with pytest.raises(CannotSave, match="is no folder, and 3 files are to be written"):
        dag.export(to="nightly.py")
    assert list(tmp_path.iterdir()) == []


def test_a_path_upwards_is_where_the_user_says(
    dag: Dag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    dag.export("dagster", to="../beside.py")
    assert (tmp_path / "beside.py").exists()


def test_a_link_stays_one(dag: Dag, tmp_path: Path) -> None:
    (tmp_path / "dags").mkdir()
    link, there = tmp_path / "nightly.py", tmp_path / "dags" / "nightly.py"
    there.write_text("mine", "utf-8")
    link.symlink_to(there)
    exported = dag.export("airflow", to=link, force=True)
    assert link.is_symlink()
    assert there.read_bytes() == exported.source.encode()


def test_what_cannot_be_finished_leaves_nothing(
    dag: Dag, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    for step in ("chmod", "replace"):
        with monkeypatch.context() as broken:
            broken.setattr(Path, step, full)
            with pytest.raises(CannotSave, match="No space left on device"):
                dag.export("airflow", to=tmp_path / "nightly.py")
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written_to_is_told(dag: Dag, tmp_path: Path) -> None:
    with pytest.raises(CannotSave) as refused:
        dag.export("airflow", to=tmp_path / ("n" * 300 + ".py"))
    assert "cannot be written: File name too long." in short(refused.value)
    assert list(tmp_path.iterdir()) == []
