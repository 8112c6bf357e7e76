"""A Dag as a page: where there is a front end, and nowhere else."""

from __future__ import annotations

import base64
import json
import re
import zlib
from typing import Any

import pytest

from tests.notebook.conftest import Lab
from wfkit.core.errors import UnknownTask
from wfkit.notebook import live, playing
from wfkit.notebook.playing import dag_bundle


def packed(page: str) -> Any:
    (found,) = re.findall(r'atob\("([A-Za-z0-9+/=]+)"\)', page)
    return json.loads(zlib.decompress(base64.b64decode(found)))


@pytest.fixture
def seen(sales: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A notebook that somebody looks at."""
    for module in (live, playing):
        monkeypatch.setattr(module, "is_live", lambda shell: True)
    return sales


def test_a_dag_comes_as_page_picture_and_text(sales: Lab) -> None:
    dag = sales.dag
    bundle = dag_bundle(dag, highlight="revenue")
    settled = dag.show(highlight="revenue")
    assert (bundle["text/plain"], bundle["image/svg+xml"]) == (settled.text, settled.svg)
    data = packed(bundle["text/html"])
    assert (data["dag"], data["names"]) == ("nightly_sales", ["orders", "revenue", "report"])
    assert data["picked"] == 1
    assert packed(dag_bundle(dag)["text/html"])["picked"] is None
    with pytest.raises(UnknownTask):
        dag_bundle(dag, highlight="revenu")


@pytest.mark.parametrize("source", ["%dag", "%dag show --highlight orders", "dag"])
def test_a_page_is_shown_where_somebody_can_see_it(seen: Lab, source: str) -> None:
    formatter = seen.shell.display_formatter
    assert formatter is not None
    shown = seen.run(source).bundles or [formatter.format(seen.ns["dag"])[0]]
    assert "wfkit-explore" in shown[0]["text/html"]
    assert shown[0]["text/plain"].startswith("Dag nightly_sales: 3 tasks")


@pytest.mark.parametrize("source", ["%dag", "%dag show --highlight orders"])
def test_without_a_front_end_nothing_changes(sales: Lab, source: str) -> None:
    assert set(sales.run(source).bundles[0]) == {"text/plain", "image/svg+xml"}
    formatter = sales.shell.display_formatter
    assert formatter is not None
    assert "text/html" not in formatter.format(sales.dag)[0]


def test_what_is_refused_stays_refused(seen: Lab) -> None:
    assert "no task is called" in seen.fails("%dag show --highlight ordrs")
    assert "no group is called" in seen.fails("%dag show --group cleaning")


def test_unloading_leaves_the_shell_as_it_was(seen: Lab) -> None:
    formatter = seen.shell.display_formatter
    assert formatter is not None
    dag = seen.dag
    assert "text/html" in formatter.format(dag)[0]
    seen.ok("%unload_ext wfkit")
    assert "text/html" not in formatter.format(dag)[0]
