"""`%dag export`: from cells to a file for another engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.notebook.conftest import Lab
from wfkit.notebook import live
from wfkit.notebook.completion import candidates


@pytest.fixture
def shop(lab: Lab) -> Lab:
    lab.ok("import math\nfrom collections import Counter")
    lab.ok("def _rounded(x):\n    return math.floor(x)  # down")
    lab.ok("%dag new shop --param vat=0.2")
    lab.ok("%%task --retries 2\nRATE = 2\ndef orders():\n    # all\n    return [RATE, 4.5]", "o")
    lab.ok("%%task\ndef revenue(orders, vat):\n    return _rounded(sum(orders) * vat)", "r")
    return lab


def test_cells_become_a_file_with_what_they_use(shop: Lab) -> None:
    text = shop.ok("%dag export prefect")
    assert "RATE = 2\n" in text
    assert "import math\n" in text
    assert "Counter" not in text
    assert "def _rounded(x):\n    return math.floor(x)  # down" in text
    assert "@task(retries=2)\ndef orders():\n    # all\n    return [RATE, 4.5]" in text
    assert "def shop(vat: float = 0.2):" in text


def test_it_is_written_where_the_learner_says(
    shop: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    told = shop.ok("%dag export airflow --to shop.py")
    assert told.splitlines()[0] == "shop → shop.py for Airflow 3"
    assert "  Results go through XCom" in told
    text = (tmp_path / "shop.py").read_text("utf-8")
    shop.ok("%%task\ndef orders():\n    return [1]", "o")
    assert shop.fails("%dag export airflow --to shop.py").startswith("FileExists: shop.py is there")
    shop.ok("%dag export airflow --to shop.py --force")
    assert (tmp_path / "shop.py").read_text("utf-8") != text


def test_a_task_that_leans_on_the_notebook_is_refused(shop: Lab) -> None:
    shop.ok("%%task\ndef net(revenue):\n    return revenue * share", "n")
    shop.ok("share = 0.5")
    told = shop.fails("%dag export dagster")
    assert told.startswith('NotebookLeak: task "net" reads "share" from the notebook')
    assert len(told.splitlines()) <= 3


def test_a_class_and_a_helper_of_other_cells_go_along(shop: Lab) -> None:
    shop.ok("class Basket:\n    size = 3\n\n    def half(self):\n        return self.size / 2")
    shop.ok("%%task\ndef half(revenue):\n    return Basket().half()", "h")
    text = shop.ok("%dag export airflow")
    assert "class Basket:\n    size = 3\n" in text


def test_without_an_engine_all_three_are_shown(shop: Lab, monkeypatch: pytest.MonkeyPatch) -> None:
    text = shop.ok("%dag export")
    assert text.startswith("shop in Airflow 3, Prefect 3, Dagster\n")
    monkeypatch.setattr(live, "is_live", lambda _: True)
    (bundle,) = shop.run("%dag export").bundles
    assert bundle["text/plain"] == text
    page = bundle["text/html"]
    assert page.count("<tr>") > 6
    assert page.count('aria-label="orders in ') == 3
    assert "<script" not in page
    (bundle,) = shop.run("%dag export prefect").bundles
    assert '<span class="keyword">def</span>' in bundle["text/html"]


def test_nothing_of_the_learners_comes_alive_on_the_page(
    shop: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(live, "is_live", lambda _: True)
    shop.ok(
        '%%task\ndef orders():\n    """<script>alert(1)</script><img onerror=x>"""\n    return [1]',
        "o",
    )
    for line in ("%dag export", "%dag export dagster"):
        (bundle,) = shop.run(line).bundles
        assert "<script" not in bundle["text/html"]
        assert "<img" not in bundle["text/html"]


def test_tab_offers_the_engines(shop: Lab) -> None:
    assert candidates(shop.notebook, "%dag export ")[:3] == ["airflow", "dagster", "prefect"]
    assert candidates(shop.notebook, "%dag export airflow --")[-2:] == ["--no-force", "--to"]


def test_its_help_names_the_flags(shop: Lab) -> None:
    told = shop.ok("%dag export --help")
    assert told.splitlines()[0] == "%dag export [ENGINE] [flags]"
    assert "--to PATH" in told
