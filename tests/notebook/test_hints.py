"""Cells that mean wfkit's magics, but do not spell them right."""

from __future__ import annotations

import pytest

from tests.notebook.conftest import Lab
from wfkit.notebook.state import NOT_STARTED

FUNCTION = "\ndef tax(): return 1"


@pytest.mark.parametrize(
    ("cell", "right"),
    [
        (f"%% task{FUNCTION}", "Write %%task"),
        (f"%%Task --retries 3{FUNCTION}", "Write %%task --retries 3"),
        (f"%%tsk{FUNCTION}", "Write %%task"),
        (f"%%tasks{FUNCTION}", "Write %%task"),
        (f"@%%task{FUNCTION}", "Write %%task"),
        (f"%%task(retries=3){FUNCTION}", "Write %%task --retries 3"),
        (f"%%task(retry_delay='5s', jitter=True){FUNCTION}", "--retry-delay '5s' --jitter"),
        (f"%%task(){FUNCTION}", "Write %%task"),
        (f"%task --retries 3{FUNCTION}", "Write %%task --retries 3 as the first line"),
        (f"# my task\n%%task{FUNCTION}", "%%task must be the first line of its cell, but # my"),
        (
            f"import math\n\n%%task{FUNCTION}",
            "%%task must be the first line of its cell, but import",
        ),
        (f"# one\n%% task{FUNCTION}", "%%task must be the first line"),
        (f"%%task{FUNCTION}\n%%task{FUNCTION}", "this one has two %%task lines"),
        ("%Dag", "Write %dag"),
        ("%DAG run", "Write %dag run"),
        ("%dags", "Write %dag"),
        ("x = 1\n%dgs run --fault a:1", "Write %dag run --fault a:1"),
        ("% dag run", "Write %dag run"),
        ("%dag.run()", "Write %dag run"),
        ("%dag(run)", "Write %dag run"),
        ("%%dag run", "Write %dag run"),
        ("%%dag\nrun", "Write %dag"),
        ("%hnt 01", "Write %hint 01"),
        ("dag run --seed 3", "Write %dag run --seed 3"),
        ("x = 1\ndag show", "Write %dag show"),
        (f"task --retries 3{FUNCTION}", "Write %%task --retries 3"),
    ],
)
def test_misspelt_magics_fail_the_cell_and_name_the_right_spelling(
    lab: Lab, cell: str, right: str
) -> None:
    message = lab.fails(cell)
    assert message.startswith("MisspeltMagic: ")
    assert right in message
    assert len(message.splitlines()) <= 3


@pytest.mark.parametrize("cell", ["%%task", "%%task\n", "%%task --retries 3\n  \n"])
def test_task_cell_without_a_body_fails(lab: Lab, cell: str) -> None:
    assert lab.fails(cell).startswith("InvalidTask: this %%task cell is empty.")


@pytest.mark.parametrize(
    "cell",
    [
        f"\n\n%%task{FUNCTION}",
        f"  %%task{FUNCTION.replace(chr(10), chr(10) + '  ')}",
        "text = '''\n%%task\n%Dag\n'''",
        "text = '''\n%%task\n'''\n%dag",
        '%%task\ndef tax():\n    """\n%%task\n"""\n    return 1',
        "%%capture\n# %%task\n%pwd",
        "%time x = 1",
        "# nothing but %Dag in a comment",
        "dags = 3\nx = 7 \\\n%dags",
        "%dag  # the picture",
        "dag",
        "dag.tasks\n%dag",
    ],
)
def test_what_is_no_mistake(lab: Lab, cell: str) -> None:
    lab.ok("%dag new sales")
    lab.ok(cell)


def test_other_unknown_magics_are_none_of_our_business(lab: Lab) -> None:
    assert not lab.run("%matplotlob inline").message.startswith("MisspeltMagic")


@pytest.mark.parametrize(
    "cell",
    [
        "dag.run(seed=____)",
        "x = ____\n1 / 0",
        "x = '____'\n1 / 0",
        "%dag run --seed ____",
        "print(1)\n%dag new ____",
        "%dag run \\\n    --seed ____",
        "for i in ____:\n    pass",
    ],
)
def test_blank_in_any_cell_is_not_started(lab: Lab, cell: str) -> None:
    before = lab.state()
    assert lab.ok(cell) == NOT_STARTED
    assert lab.state() == before


@pytest.mark.parametrize(
    "cell",
    [
        "guess('how many?', ____)",
        "guess('which one?', '____')",
        "print('put it in place of ____')",
        "guess('how many?', ____)\n%dag new sales \\\n    --tag a",
        "# ____ was here\nx = 1",
        "____x = 1",
        "%%capture\nx = ____",
    ],
)
def test_blanks_that_others_deal_with_are_left_alone(lab: Lab, cell: str) -> None:
    lab.ok("from wfkit import guess")
    assert "Not started" not in lab.ok(cell)
