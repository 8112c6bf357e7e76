"""Does a kernel start, and can a notebook in it run a Dag?"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from wfkit.teach.doctor.finding import Around, Finding, Level, pip_install, this_python
from wfkit.views.wording import first_line

if TYPE_CHECKING:
    from jupyter_client.asynchronous.client import AsyncKernelClient

_NAME = "kernel"
_START, _ANSWER = 40.0, 60.0
SECONDS = _START + _ANSWER + 20.0
_SPEC = "python3"
_MARK = "wfkit doctor: "
_CELL = f"""
import json, sys
print({_MARK!r} + json.dumps([sys.prefix, sys.executable]))
import pandas
%load_ext wfkit
from wfkit import Dag
def rows(): return pandas.DataFrame({{"amount": [3, 4]}})
def revenue(rows): return int(rows["amount"].sum())
print({_MARK!r} + str(Dag("doctor", [rows, revenue]).run(store=None)["revenue"]))
"""


def kernel(around: Around) -> Iterator[Finding]:
    """Start the kernel that notebooks get, run a Dag with a table in it, and stop it."""
    folder = around.lessons / "notebooks"
    with (
        tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as complaints,
        # A loop of its own, which is closed; and of the kind that sockets of kernels need.
        asyncio.Runner(loop_factory=asyncio.SelectorEventLoop) as runner,
    ):
        try:
            asked = _asked(folder if folder.is_dir() else Path.cwd(), complaints)
            yield _judged(*runner.run(asked), around)
        except TimeoutError as cause:
            yield _silent(f"is silent: {cause}")
        except RuntimeError as cause:
            complaints.seek(0)
            yield _dead(complaints.read().strip() or str(cause), around)


async def _asked(folder: Path, complaints: IO[str]) -> tuple[list[str], Mapping[str, Any]]:
    """Run the cell in a fresh kernel; return what it printed for us, and the kernel's reply.

    Raises TimeoutError for a kernel that says nothing, RuntimeError for one that ends.
    """
    from jupyter_client.manager import AsyncKernelManager

    manager = AsyncKernelManager(kernel_name=_SPEC)
    environment = {**os.environ, "WFKIT_HOME": "temporary", "WFKIT_LIVE": "0"}
    await manager.start_kernel(
        cwd=str(folder), env=environment, stdout=subprocess.DEVNULL, stderr=complaints
    )
    client: Any = manager.client()
    try:
        client.start_channels()
        await client.wait_for_ready(timeout=_START)
        return await _answered(client)
    except RuntimeError as cause:
        if await manager.is_alive():
            raise TimeoutError(f"no word within {_START:g} s") from cause
        raise
    finally:
        client.stop_channels()
        await manager.shutdown_kernel(now=True)


async def _answered(client: AsyncKernelClient) -> tuple[list[str], Mapping[str, Any]]:
    printed: list[str] = []

    def keep(message: Mapping[str, Any]) -> None:
        printed.append(message["content"].get("text", ""))

    reply = await client.execute_interactive(
        _CELL, store_history=False, allow_stdin=False, timeout=_ANSWER, output_hook=keep
    )
    lines = "".join(printed).splitlines()
    return [it.removeprefix(_MARK) for it in lines if it.startswith(_MARK)], reply["content"]


def _dead(said: str, around: Around) -> Finding:
    step = pip_install("ipykernel", around).replace("install", "install --force-reinstall", 1)
    told = f"does not start: {first_line(said.splitlines()[-1])}"
    return Finding(_NAME, Level.FAILED, told, (step,))


def _judged(printed: list[str], reply: Mapping[str, Any], around: Around) -> Finding:
    prefix, executable = json.loads(printed[0]) if printed else (sys.prefix, sys.executable)
    if not _is_same(prefix):
        told = f"notebooks run in another Python: {executable}"
        return Finding(_NAME, Level.FAILED, told, (_making_own(around),))
    if reply["status"] != "ok":
        told = first_line(f"{reply.get('ename')}: {reply.get('evalue')}")
        missing = str(reply.get("evalue")).removeprefix("No module named ").strip("'")
        is_missing = reply.get("ename") == "ModuleNotFoundError"
        step = pip_install(missing if is_missing else "wfkit[learn]", around)
        return Finding(_NAME, Level.FAILED, f"starts, but a Dag does not run: {told}", (step,))
    if printed[1:] != ["7"]:
        return _silent("answers something else than it was asked for")
    return Finding(_NAME, Level.OK, "starts, answers and runs a Dag")


def _is_same(prefix: str) -> bool:
    return Path(prefix).resolve() == Path(sys.prefix).resolve()


def _making_own(around: Around) -> str:
    where = "--user" if sys.prefix == sys.base_prefix else "--sys-prefix"
    return f"{this_python(around)} -m ipykernel install {where} --name {_SPEC}"


def _silent(told: str) -> Finding:
    steps = (
        "Try again: the first start of all is slow, with a virus scanner most of all.",
        "If it stays so, let Python connect to 127.0.0.1 in your firewall.",
    )
    return Finding(_NAME, Level.FAILED, told, steps)
