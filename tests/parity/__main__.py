"""`python -m tests.parity [ENGINE …]`: the Dags run in each engine, and a table of what came of it.

Makes what is missing: an environment for each engine, some hundred MB, kept in the user's cache.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

from tests.parity import environments
from tests.parity.comparing import own_run
from tests.parity.dags import CASES
from tests.parity.running import export_all, judged, run_all


def main(engines: list[str]) -> int:
    """Return 0 if all Dags go the same way in all engines."""
    is_same = True
    runs = {name: own_run(case) for name, case in CASES.items()}
    with tempfile.TemporaryDirectory() as place:
        for engine in engines or list(environments.REQUIREMENTS):
            if not environments.is_made(engine):
                print(f"making an environment for {engine}, once", flush=True)
            environments.make(engine)
            begin = time.monotonic()
            export_all(engine, Path(place) / engine, runs)
            found = run_all(engine, Path(place) / engine)
            verdicts = judged(engine, runs, found)
            same = sum(not it for it in verdicts.values())
            took = time.monotonic() - begin
            print(f"{found['version']}: {same} of {len(verdicts)} Dags the same, {took:.0f} s")
            for name, its in verdicts.items():
                for it in its:
                    print(f"  {name}: {it}")
            is_same &= same == len(verdicts)
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
