"""Which data says when clocks change? The system's, else that of a package."""

from __future__ import annotations

import re
from datetime import UTC
from pathlib import Path
from zoneinfo import TZPATH

import pytest

from wfkit.engine.zones import _data_version, data_version, zone

LONDON = "Europe/London"


@pytest.fixture
def system(tmp_path: Path) -> Path:
    """A data base of the system that has one zone."""
    (tmp_path / "Europe").mkdir()
    (tmp_path / LONDON).touch()
    return tmp_path


def test_the_data_that_a_zone_is_read_from_has_a_version() -> None:
    found = data_version(zone(LONDON))
    assert found == _data_version(LONDON, TZPATH)
    assert re.fullmatch(r"\d{4}[a-z]|unknown", found)
    assert data_version(UTC) == ""


def test_the_system_comes_first(system: Path, tmp_path: Path) -> None:
    (system / "tzdata.zi").write_text("# version 1997c\nR d 1916 o - Jun 14 23s 1 S\n", "utf-8")
    assert _data_version(LONDON, (str(tmp_path / "gone"), str(system))) == "1997c"


@pytest.mark.parametrize("content", [None, ""])
def test_a_system_may_not_tell(system: Path, content: str | None) -> None:
    if content is not None:
        (system / "tzdata.zi").write_text(content, "utf-8")
    assert _data_version(LONDON, (str(system),)) == "unknown"


def test_what_the_system_lacks_comes_from_the_package(system: Path) -> None:
    assert re.fullmatch(r"\d{4}[a-z]", _data_version("Asia/Tokyo", (str(system),)))
    assert _data_version("No/Where", (str(system),)) == "unknown"
