"""What the command line makes of a saved notebook: its declarations, and nothing else of it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest

from wfkit.notebook.headless import CannotLoad, Loaded
from wfkit.notebook.loading import folder_of, load

ROOT = Path(__file__).resolve().parents[2]
LESSONS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BEGIN = "%load_ext wfkit"
ORDERS = "%%task\ndef orders():\n    return [9, 16]"


def notebook(folder: Path, *cells: str) -> Path:
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(it) for it in cells])
    path = folder / "nightly.ipynb"
    nbformat.write(made, path)
    return path


def loaded(folder: Path, *cells: str) -> Loaded:
    return load(notebook(folder, BEGIN, *cells))


def tasks(found: Loaded) -> dict[str, Sequence[str]]:
    return {name: list(dag.tasks) for name, dag in found.dags.items()}


def named(place: str) -> str:
    assert place.startswith("code cell ")
    return place.partition(" (")[2].rstrip(")")


def refused(folder: Path, *cells: str) -> str:
    with pytest.raises(CannotLoad) as caught:
        loaded(folder, *cells)
    assert len(str(caught.value).splitlines()) <= 3
    return str(caught.value)


@pytest.mark.slow
@pytest.mark.parametrize("path", LESSONS, ids=lambda path: path.stem)
def test_every_lesson_can_be_loaded(path: Path) -> None:
    found = load(path)
    assert max(len(dag.tasks) for dag in found.dags.values()) >= 2
    assert found.not_started


@pytest.mark.slow
def test_every_cell_that_waits_is_named() -> None:
    lesson = load(ROOT / "notebooks" / "01_task_boundaries.ipynb")
    found = load(ROOT / "exercises" / "01_task_boundaries" / "exercise.ipynb")
    assert [named(it) for it in lesson.not_started] == ["customers", "average"]
    assert [named(it) for it in found.not_started] == ["purchases", "paid", ""]
    assert tasks(found) == {"best_of_day": []}


def test_a_second_name_for_a_dag_is_known(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "%dag new cleaning\ncleaning = dag",
        "%%task\ndef paid(orders):\n    return orders",
        "%dag new letter",
        ORDERS,
        "also = cleaning\ndag.include(also)",
        "other = something_else",
    )
    assert set(found.dags["letter"].tasks) == {"orders", "paid"}


def test_statements_that_declare_nothing_are_not_run(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "%dag new nightly\nopen('touched', 'w').close()\n%dag run",
        "import math\nprint(math.pi)",
        ORDERS,
        "%%timeit\nopen('touched', 'w').close()",
        "%%task\ndef roots(orders):\n    return [math.sqrt(it) for it in orders]",
        "%dag show\nroots.remove('orders')",
    )
    assert tasks(found) == {"nightly": ["orders", "roots"]}
    assert found.dags["nightly"].trial()["roots"] == [3, 4]
    assert not (tmp_path / "touched").exists()


def test_dags_in_python_are_declarations_too(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "from wfkit import Dag\ndef a(): return 1\ndef b(a): return a\nsales = Dag('sales', [a])",
        "import wfkit\ndef c(b): return b\nmore = wfkit.Dag('more')\nmore.add(c)",
        "sales.add(b)\nsales.include(more, 'x_')",
        "seen = set()\nseen.add(len(sales.tasks))",
    )
    assert tasks(found) == {"sales": ["a", "b", "x_c"], "more": ["c"]}


def test_a_dag_is_forgotten_and_used_as_the_cells_say(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "%dag new one",
        ORDERS,
        "%dag new two",
        "%dag use one",
        "%%task\ndef revenue(orders): return 1",
        "%dag remove revenue",
        "%dag use two",
        "%%task\ndef stock(): return 1",
        "%dag reset",
    )
    assert tasks(found) == {"one": ["orders"], "two": []}


def test_a_leak_on_purpose_is_as_expected(tmp_path: Path) -> None:
    expecting = "%%task --expect NotebookLeak\ndef profit(orders):\n    return orders * margin"
    mended = "%%task\ndef profit(orders, margin=0.2):\n    return sum(orders) * margin"
    found = loaded(tmp_path, ORDERS, "margin = 0.2", expecting, mended)
    assert tasks(found) == {"notebook": ["orders", "profit"]}
    assert found.dags["notebook"].trial()["profit"] == 5


@pytest.mark.parametrize(
    ("value", "step"),
    [
        ("0.2", "Give the task a value of its own: def profit(orders, margin=0.2):"),
        ("open('gone').read()", "Make margin in a task of its own and ask for its result:"),
    ],
)
def test_a_leak_is_told_with_its_cell(tmp_path: Path, value: str, step: str) -> None:
    leaking = "%%task\ndef profit(orders):\n    return orders * margin"
    text = refused(tmp_path, ORDERS, f"margin = {value}", leaking)
    assert text.splitlines()[0] == (
        'code cell 4 (profit) of nightly.ipynb: NotebookLeak: task "profit" reads "margin" from '
        "the notebook (line 3: return orders * margin)."
    )
    assert text.splitlines()[1].startswith(step)


def test_a_leak_through_a_helper_is_told(tmp_path: Path) -> None:
    text = refused(
        tmp_path,
        "rate = compute()",
        "def taxed(rows):\n    return [it * rate for it in rows]",
        ORDERS,
        "%%task\ndef taxes(orders):\n    return taxed(orders)",
    )
    assert 'task "taxes" reads "rate" from the notebook through taxed' in text


def test_a_constant_of_the_task_cell_itself_is_no_leak(tmp_path: Path) -> None:
    found = loaded(
        tmp_path,
        "RATE = 0.5",
        "%%task\nRATE = 0.2\ndef tax():\n    return RATE",
        "%%task\ndef later(tax):\n    return tax",
    )
    assert found.dags["notebook"].trial()["later"] == 0.2


def test_a_value_that_a_declaration_needs_is_named(tmp_path: Path) -> None:
    text = refused(tmp_path, "days = list(range(9))", "def last(day=days[-1]):\n    return day")
    assert text.startswith(
        "code cell 3 (last) of nightly.ipynb needs days, which only the notebook itself computes."
    )
    assert refused(tmp_path, "def last(day=dyas):\n    return day") == (
        "code cell 2 (last) of nightly.ipynb: NameError: name 'dyas' is not defined"
    )


def test_two_cells_with_one_task_are_refused_as_in_the_notebook(tmp_path: Path) -> None:
    text = refused(tmp_path, "x = ____", ORDERS, "x = 1", ORDERS.replace("16", "25"))
    assert text.startswith(
        'code cell 5 (orders) of nightly.ipynb: DuplicateTask: two cells declare "orders": '
        "Cell In[3] (%%task … def orders():) and this one, Cell In[5]"
    )


def test_notebook_without_cell_ids_is_read_the_same_way(tmp_path: Path) -> None:
    path = notebook(tmp_path, BEGIN, ORDERS, ORDERS.replace("16", "25"))
    old = nbformat.read(path, as_version=4)
    old.nbformat_minor = 4
    for cell in old.cells:
        del cell["id"]
    nbformat.write(old, path)
    with pytest.raises(CannotLoad, match='DuplicateTask: two cells declare "orders"'):
        load(path)


def test_what_else_goes_wrong_is_told_with_its_cell(tmp_path: Path) -> None:
    assert refused(tmp_path, "import pandsa").startswith(
        "code cell 2 of nightly.ipynb: ModuleNotFoundError: No module named 'pandsa'"
    )
    assert "code cell 2 of nightly.ipynb: MisspeltMagic: " in refused(tmp_path, "%dga new sales")
    assert refused(tmp_path, "def f(:\n  pass") == (
        "code cell 2 (f) of nightly.ipynb: line 1 is not Python: invalid syntax"
    )


def test_relative_paths_start_in_the_folder_of_a_notebook(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lessons").mkdir()
    path = notebook(tmp_path / "lessons", BEGIN)
    script = path.with_suffix(".py")
    script.touch()
    monkeypatch.chdir(tmp_path)
    assert folder_of(Path("lessons") / path.name) == path.parent
    assert folder_of(script) == tmp_path
    for wrong, text in {"gone.ipynb": "there is no file", "lessons": "there is no file"}.items():
        with pytest.raises(CannotLoad, match=text):
            folder_of(Path(wrong))


def test_a_secret_is_made_for_its_dag(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHOP_TOKEN", "from-the-environment")
    found = loaded(
        tmp_path,
        "import os\nimport wfkit\nTOKEN = wfkit.Secret(os.environ['SHOP_TOKEN'])",
        "def orders(token): return 1",
        "sales = wfkit.Dag('sales', [orders], params={'token': TOKEN})",
    )
    assert found.dags["sales"].params["token"].get_secret_value() == "from-the-environment"


NEW = "%dag new sales"


def test_alerts_go_to_plain_addresses_of_the_notebook(tmp_path: Path) -> None:
    address = "mia = 'mailto://a.example?to=a@a.example&from=b@a.example'"
    found = loaded(tmp_path, address, NEW, ORDERS, "%dag alert --to mia")
    assert [str(it) for it in found.dags["sales"].alert()] == [
        "failure → mailto://a.example (a@a.example)"
    ]
    assert found.strangers == ()


@pytest.mark.parametrize("way", ["%dag alert --to mail --on failure", "dag.alert(to=mail)"])
def test_who_is_only_there_in_the_notebook_is_named_and_not_told(tmp_path: Path, way: str) -> None:
    servers = "from wfkit.testing import local_mail\nmail = local_mail()"
    begin = "dag = None" if way.startswith("%") else "from wfkit import Dag\ndag = Dag('web')"
    found = loaded(tmp_path, servers, NEW, ORDERS, begin, way)
    assert found.strangers == ("mail",)
    assert all(not [*dag.alert()] for dag in found.dags.values())
