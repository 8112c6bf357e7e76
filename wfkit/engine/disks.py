"""Is a path on a disk of another machine? There SQLite's write-ahead log is not safe."""

from __future__ import annotations

import re
from pathlib import Path

_MOUNTS = Path("/proc/self/mountinfo")
_REMOTE = {
    *("nfs", "nfs4", "cifs", "smb3", "smbfs", "ncpfs", "afs", "ceph", "glusterfs", "lustre"),
    *("gpfs", "beegfs", "fuse.sshfs", "fuse.glusterfs", "fuse.rclone", "fuse.s3fs", "davfs"),
}


def is_remote(path: Path, mounts: Path = _MOUNTS) -> bool:
    """Return True if `path` is known to be on a network disk; only Linux tells.

    >>> is_remote(Path("/tmp"), Path("/nowhere"))
    False
    """
    try:
        lines = mounts.read_text("utf-8", "surrogateescape").splitlines()
    except OSError:
        return False
    kinds = {}
    for line in lines:
        before, _, after = line.partition(" - ")
        folder = re.sub(r"\\(\d{3})", lambda it: chr(int(it[1], 8)), before.split(" ")[4])
        kinds[Path(folder)] = after.split(" ")[0]
    place = path.resolve()
    nearest = next((it for it in (place, *place.parents) if it in kinds), None)
    return nearest is not None and kinds[nearest] in _REMOTE
