"""`python -m wfkit` is `wfkit`; in a bare clone it sets itself up first."""

import sys

from wfkit.bootstrap import ensure


def main() -> int:
    """Run the command line, in an environment that has what it needs."""
    ensure("wfkit", extra="learn")
    from wfkit.cli import main as run

    return run()


if __name__ == "__main__":
    sys.exit(main())
