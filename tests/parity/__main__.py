"""`python -m tests.parity [--record] [ENGINE …]`: do the Dags go the same way in each engine?

Makes what is missing: an environment for each engine, some hundred MB, kept in the user's cache.
With --record what came of the Dag of lesson 10 is written down beside the lesson's data.
"""

from __future__ import annotations

import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.parity import recording
from tests.parity.environments import REQUIREMENTS
from tests.parity.running import judged, run_everywhere, told


def main(engines: list[str], record: bool = False) -> int:
    """Return 0 if all Dags go the same way in all engines."""
    is_same = True
    rows = {it: [row for row in recording.read() if row.engine == it] for it in recording.ENGINES}
    with tempfile.TemporaryDirectory() as place, ThreadPoolExecutor() as pool:
        runs, running = run_everywhere(engines or list(REQUIREMENTS), Path(place), pool)
        for engine, run in running.items():
            found = run.result()
            verdicts = judged(engine, runs, found)
            print(told(found, verdicts), flush=True)
            for name, its in verdicts.items():
                for it in its:
                    print(f"  {name}: {it}")
            rows[engine.capitalize()] = list(recording.recorded(engine, found, runs))
            is_same &= not any(verdicts.values())
    if record:
        recording.write(row for engine in rows.values() for row in engine)
    return 0 if is_same else 1


if __name__ == "__main__":
    given = sys.argv[1:]
    sys.exit(main([it for it in given if it != "--record"], "--record" in given))
