"""The README's picture shows what a run looks like today."""

import xml.etree.ElementTree as ET

import pytest

from tests.project.readme_picture import PICTURE, ROOT, run

SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.long
def test_the_readme_shows_a_run_as_it_looks_today() -> None:
    """The text twin is compared: the drawing differs between versions of Graphviz."""
    shown, today = ET.parse(PICTURE).getroot(), run()
    assert shown.findtext(f"{SVG}desc") == today["text/plain"]
    assert words(shown) == words(ET.fromstring(today["image/svg+xml"]))


def test_the_picture_tells_of_retries_and_a_failure() -> None:
    told = ET.parse(PICTURE).getroot().findtext(f"{SVG}desc", "")
    for part in ("3 attempts", "✘ failed", "⊘ upstream failed"):
        assert part in told


def test_the_readme_shows_the_picture_with_its_text() -> None:
    readme = (ROOT / "README.md").read_text("utf-8")
    (text,) = [
        line
        for line in readme.split("\n\n")
        if line.endswith(f"]({PICTURE.relative_to(ROOT).as_posix()})")
    ]
    assert len(text) > 100


def words(root: ET.Element) -> list[str]:
    return sorted(it.text or "" for it in root.iter(f"{SVG}text"))
