"""A Dask cluster of our own on this machine: a scheduler here, workers in processes beside it.

They talk over TLS with a key that is made for them alone: whoever could talk to a worker could
run anything as its user.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from hashlib import blake2b
from pathlib import Path
from typing import Any

from wfkit.engine.shipping import setting

_LOOPBACK = "127.0.0.1"
_MOST_EVENTS = 200
_MOST_SETTINGS = 5
_RESTFUL = {
    "distributed.worker.profile.enabled": False,
    "distributed.admin.tick.interval": "500ms",
}
"""A cluster that waits for the next run shall not keep the processor busy."""


class LocalCluster:
    """A scheduler in this process, and workers that run one attempt at a time each."""

    def __init__(self) -> None:
        import dask
        import distributed

        self._folder = Path(tempfile.mkdtemp(prefix="wfkit-dask-"))
        self._workers: list[subprocess.Popen[bytes]] = []
        self._settings: list[Path] = []
        security: Any = distributed.Security
        self.security = security.temporary()
        self._write_keys()
        made: Any = distributed.LocalCluster
        few = {"distributed.admin.low-level-log-length": _MOST_EVENTS}
        with dask.config.set(_RESTFUL | few):
            self.cluster = made(
                n_workers=0,
                host=_LOOPBACK,
                protocol="tls://",
                security=self.security,
                dashboard_address=f"{_LOOPBACK}:0",
                silence_logs=50,
            )

    def have(self, count: int) -> None:
        """Start workers until there are so many that live."""
        self._workers = [it for it in self._workers if it.poll() is None]
        for _ in range(count - len(self._workers)):
            self._workers.append(self._worker())

    def setting(self) -> str:
        """Return the file of what workers take over from this process, as it is now."""
        found = setting()
        path = self._folder / f"{blake2b(found, digest_size=8).hexdigest()}.setting"
        if path not in self._settings:
            path.write_bytes(found)
            self._settings.append(path)
            for old in self._settings[:-_MOST_SETTINGS]:
                self._settings.remove(old)
                old.unlink(missing_ok=True)
        return str(path)

    def close(self) -> None:
        """End the workers and the scheduler."""
        for it in self._workers:
            it.kill()
        for it in self._workers:
            it.wait()
        with contextlib.suppress(Exception):
            self.cluster.close(timeout=2)
        shutil.rmtree(self._folder, ignore_errors=True)

    def _write_keys(self) -> None:
        # The folder is readable by its owner alone.
        (self._folder / "ca.pem").write_text(self.security.tls_ca_file)
        (self._folder / "cert.pem").write_text(self.security.tls_worker_cert)
        (self._folder / "key.pem").write_text(self.security.tls_worker_key)

    def _worker(self) -> subprocess.Popen[bytes]:
        """Start a worker process that ends when its scheduler does."""
        command = [sys.executable, "-P", "-m", "distributed.cli.dask_worker"]
        command += [self.cluster.scheduler_address, "--host", _LOOPBACK, "--nthreads", "1"]
        command += ["--no-nanny", "--no-dashboard", "--memory-limit", "0", "--death-timeout", "10"]
        command += ["--local-directory", str(self._folder)]
        for option, name in (("ca-file", "ca"), ("cert", "cert"), ("key", "key")):
            command += [f"--tls-{option}", str(self._folder / f"{name}.pem")]
        told = {f"DASK_{name.replace('.', '__').upper()}": str(it) for name, it in _RESTFUL.items()}
        options: dict[str, Any] = {"env": {**os.environ, **told}}
        if sys.platform != "win32":
            options["start_new_session"] = True  # Ctrl-C is for the notebook
        return subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **options,
        )
