"""Which paths are on a disk of another machine."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from wfkit.engine.disks import is_remote
from wfkit.engine.sqlite_store import SqliteStore

MOUNTS = """\
22 1 0:21 / / rw,relatime shared:1 - ext4 /dev/vda rw
30 22 0:30 / {home} rw,relatime shared:2 - nfs4 server:/home rw
31 30 0:31 / {home}/local\\040disk rw - ext4 /dev/vdb rw
"""


@pytest.fixture
def mounts(tmp_path: Path) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text(MOUNTS.format(home=tmp_path / "home"))
    return file


@pytest.mark.parametrize(
    ("place", "remote"),
    [
        ("home/ada/.wfkit/history.sqlite", True),
        ("home", True),
        ("home/local disk/history.sqlite", False),
        ("homes/history.sqlite", False),
        ("", False),
    ],
)
def test_the_nearest_mount_decides(place: str, remote: bool, tmp_path: Path, mounts: Path) -> None:
    assert is_remote(tmp_path / place, mounts) is remote


@pytest.mark.parametrize("remote", [False, True])
def test_a_history_on_a_network_disk_has_no_write_ahead_log(
    remote: bool, tmp_path: Path, mounts: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("wfkit.engine.sqlite_store.is_remote", lambda path: is_remote(path, mounts))
    path = tmp_path / ("home" if remote else "") / "history.sqlite"
    store = SqliteStore(path)
    with store.writing():
        assert store.add_run("sales", "manual__1", "", 0.0)
        store.commit()
        with sqlite3.connect(path) as other:
            mode = other.execute("PRAGMA journal_mode").fetchone()[0]
            assert other.execute("SELECT count(*) FROM run").fetchone()[0] == 1
        other.close()
    store.close()
    assert mode == ("delete" if remote else "wal")


def test_where_nothing_is_known_a_disk_is_taken_for_a_local_one(tmp_path: Path) -> None:
    assert not is_remote(tmp_path, tmp_path / "nothing")
