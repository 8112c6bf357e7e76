"""`python -m tests.parity [ENGINE …]`: the Dags run in each engine, and a table of what came of it.

Makes what is missing: an environment for each engine, some hundred MB, kept in the user's cache.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.parity.environments import REQUIREMENTS
from tests.parity.running import judged, run_everywhere, told


def main(engines: list[str]) -> int:
    """Return 0 if all Dags go the same way in all engines."""
    is_same = True
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor() as pool:
        runs, running = run_everywhere(engines or list(REQUIREMENTS), Path(place), pool)
        for engine, run in running.items():
            found = run.result()
            verdicts = judged(engine, runs, found)
            print(told(found, verdicts), flush=True)
            for name, its in verdicts.items():
                for it in its:
                    print(f"  {name}: {it}")
            is_same &= not any(verdicts.values())
    return 0 if is_same else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
