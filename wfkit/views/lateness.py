"""What of a run missed its deadline, and how is that said?"""

from __future__ import annotations

from collections.abc import Sequence

from wfkit.core.run import RunSnapshot
from wfkit.core.spans import RunSpan
from wfkit.views.style import LATE
from wfkit.views.wording import counted, visible

LATE_SIGN = LATE.glyph
MISSED_ITS_DEADLINE = f"{LATE_SIGN} {LATE.word}"


def late_words(snapshot: RunSnapshot) -> str:
    """Return what missed its deadline, the run itself or tasks of it; nothing if none did."""
    tasks = [*dict.fromkeys(filter(None, snapshot.late))]
    if "" in snapshot.late:
        also = f", {counted(len(tasks), 'task')} too" if tasks else ""
        return MISSED_ITS_DEADLINE + also
    if len(tasks) > 1:
        return f"{LATE_SIGN} {counted(len(tasks), 'task')} missed their deadlines"
    return f"{LATE_SIGN} {visible(tasks[0])} missed its deadline" if tasks else ""


def late_remark(run: RunSpan) -> str:
    """Return the mark of a run in a list: late, or what of it was; nothing if all was on time."""
    if not run.late:
        return ""
    if "" in run.late:
        return f"{LATE_SIGN} late"
    tasks = [*dict.fromkeys(run.late)]
    what = visible(tasks[0]) if len(tasks) == 1 else counted(len(tasks), "task")
    return f"{LATE_SIGN} {what} late"


def late_count(runs: Sequence[RunSpan]) -> str:
    """Return how many runs have that mark, nothing if none has it."""
    late = sum(bool(run.late) for run in runs)
    return f"{LATE_SIGN} {late:,} late" if late else ""
