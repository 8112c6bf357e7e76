"""What the documents show runs, and what they point to exists."""

import re
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")
DOCUMENTS = ["README.md", "CONTRIBUTING.md", "CHANGELOG.md"]


def blocks(text: str, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def links(text: str) -> list[str]:
    """Links to files of the repository."""
    return [link for link in re.findall(r"\]\(([^)#]+)", text) if "://" not in link]


def test_blocks_and_links_are_found() -> None:
    text = "[a](b.md) [c](https://d.e)\n```sh\none\n```\n```python\ntwo\n```\n![f](.g/h.png)\n"
    assert (blocks(text, "sh"), blocks(text, "python")) == (["one\n"], ["two\n"])
    assert links(text) == ["b.md", ".g/h.png"]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    missing = [it for it in links((ROOT / name).read_text("utf-8")) if not (ROOT / it).exists()]
    assert missing == []


def test_readme_is_read_in_a_few_minutes() -> None:
    lines = README.splitlines()
    assert len(lines) <= 120
    assert max(len(line) for line in lines) <= 100


def test_readme_starts_with_two_commands_of_one_line() -> None:
    assert blocks(README, "sh") == ["python3 -m wfkit learn\n", "python3 -m tests\n"]


@pytest.mark.long
def test_readme_pipeline_runs_in_a_notebook() -> None:
    notebook = nbformat.v4.new_notebook(
        cells=[nbformat.v4.new_code_cell(block) for block in blocks(README, "python")]
    )
    folder = {"metadata": {"path": str(ROOT / "notebooks")}}
    NotebookClient(notebook, timeout=60, resources=folder).execute()
    shown = [cell for cell in notebook.cells if "# " in cell.source]
    assert shown
    for cell in shown:
        assert cell.source.split("# ")[1].strip() in cell.outputs[0]["data"]["text/plain"]
    complaints = [
        output["text"]
        for cell in notebook.cells
        for output in cell.outputs
        if output.get("name") == "stderr"
    ]
    assert complaints == []
