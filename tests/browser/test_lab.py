"""The fixtures of this folder do what they say."""

import pytest

from tests.browser.lab import Lab

pytestmark = pytest.mark.browser


def test_a_notebook_runs_and_shows_its_output(lab: Lab) -> None:
    lab.open(lab.write("sum.ipynb", ["numbers = [20, 22]", "sum(numbers)", "1 / 0", "sum([])"]))
    lab.run_all()
    assert lab.text_of(1) == "42"
    assert lab.failed_cells() == [2]
    assert "ZeroDivisionError" in lab.error_of(2)
    lab.set_source(2, "numbers[0]")
    lab.run_cell(2)
    assert lab.failed_cells() == []
    lab.run_all(wait=False)
    lab.wait_for_cell(0)
    lab.wait_until_run()
    assert lab.prompt(3).inner_text() == "[8]:"
    lab.theme("dark")
    dark = lab.screenshot("dark")
    lab.theme("light")
    lab.greyscale()
    assert lab.screenshot("grey").read_bytes() != dark.read_bytes()
    assert lab.script_errors == []
