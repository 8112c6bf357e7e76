"""An exercise of lesson 05: what `resume` and `rerun` do again, and what they keep."""

import re

from wfkit.api.dag import Dag
from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "what_runs_again",
    title="What runs again?",
    minutes=10,
    values=("resumed", "rerun", "order"),
    hints=(
        """Draw the Dag. Mark what has succeeded, what has failed, and what could not run. What is
there already, and what is not?""",
        """resume keeps what has succeeded and runs all the rest. rerun clears a task and
everything that was made from its result.""",
        """resumed has three names, rerun has three. The order begins with D and ends with E.""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 18. What runs again?

*10 minutes. It belongs to the lesson `05_design_for_failure`.*

`orders` takes two hours. If it has to run again, there is no report by six. So before you press a
key at night, know what it does. Read the five tasks, then answer.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
%dag new what_runs_again --start-date "1997-01-06 22:00" --clock virtual
%dag reset
""",
)

for _name, _source in {
    "orders": """
%%task --takes 2h
def orders():
    return [20, 5]
""",
    "archive": """
%%task
def archive(orders):
    return f"kept: {orders}"
""",
    "revenue": """
%%task
def revenue(orders):
    return sum(orders)
""",
    "report": """
%%task
def report(revenue):
    return f"sold: {revenue}"
""",
    "letter": """
%%task --retries 1 --retry-delay 5m
def letter(report):
    return f"Dear boss, {report}"
""",
}.items():
    exercise.given(_name, _source)

exercise.text(
    "questions",
    """
**1.** `revenue` fails, the others are well. You mend `revenue` and type `%dag resume`. Which
tasks run now? Write a set of names, such as `{"orders", "archive"}`.
""",
)
exercise.answer(
    "resumed", start="resumed = ____", solution='resumed = {"revenue", "report", "letter"}'
)

exercise.text(
    "second",
    """
**2.** Another night all is green, but the number is wrong: there was a mistake in `revenue`.
You mend it and type `%dag rerun revenue`. Which tasks run?
""",
)
exercise.answer("rerun", start="rerun = ____", solution='rerun = {"revenue", "report", "letter"}')

exercise.text(
    "third",
    """
**3. Put in order.** The mail server is down for a minute: the first attempt of `letter` fails.
Which order of these lines is right? Write the letters, such as `"A B C D E"`.

```text
A  letter: running, attempt 2
B  letter: running, attempt 1
C  letter: up for retry (it waits)
D  report: success
E  letter: success
```
""",
)
exercise.answer("order", start='order = "____"', solution='order = "D B C A E"')

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, folder):
    mine = Dag(dag.name, dag.tasks.values(), clock="virtual", start_date="1997-01-06")
    store = str(folder / "history.sqlite")
    failed = mine.run(faults="revenue:always", expect="failed", store=store)
    began = len(failed.events)
    resumed = mine.resume(store=store)
    done = len(resumed.events)
    again = mine.rerun("revenue", store=store)
    retried = mine.trial(faults="letter:1")
    return {
        "by_resume": _running(resumed.events[began:]),
        "by_rerun": _running(again.events[done:]),
        "letters": "".join(filter(None, map(_letter, retried.events))),
    }


def _running(events):
    return {it.task for it in events if it.to_state == "running" and it.task}


def _letter(event):
    return {
        "letter running 2": "A",
        "letter running 1": "B",
        "letter up_for_retry 1": "C",
        "report success 1": "D",
        "letter success 2": "E",
    }.get(f"{event.task} {event.to_state} {event.attempt}", "")


def _names(answer):
    words = answer.replace(",", " ").split() if isinstance(answer, str) else answer
    return {getattr(it, "name", it) for it in words}


def _counted(answer, expected):
    """How many names there are, and how many are right; which ones, the learner has to find."""
    names = _names(answer)
    yours = {"names": len(names), "right ones": len(names & expected)}
    return yours, {"names": len(expected), "right ones": len(expected)}


def _in_order(order):
    return re.sub("[^A-E]", "", str(order).upper())


@exercise.check("what runs after resume")
def _(resumed, by_resume):
    return _counted(resumed, by_resume)


@exercise.check("what runs after rerun")
def _(rerun, by_rerun):
    return _counted(rerun, by_rerun)


@exercise.check("the order of a retry")
def _(order, letters):
    mine = _in_order(order)
    right = sum(a == b for a, b in zip(mine, letters, strict=False))
    return f"in their place: {right} of 5", f"in their place: {len(letters)} of 5"


@exercise.mistake(
    """
resume does not start over: the results of all that succeeded are kept, and orders need not run.
Name only what has no result yet.
"""
)
def _(resumed):
    return "orders" in _names(resumed)


@exercise.mistake(
    """
What failed is not all that is left: report and letter could not run because of it, so they have
no result either.
Follow the arrows.
"""
)
def _(resumed):
    return _names(resumed) == {"revenue"}


@exercise.mistake(
    """
report and letter were made from the wrong number. If only revenue ran, they would stay wrong.
What comes after a task that is run again runs again, too.
"""
)
def _(rerun):
    return _names(rerun) == {"revenue"}


@exercise.mistake(
    """
A retry does not begin at once: between two attempts the task waits, and its state is up for
retry. Where does that line belong?
"""
)
def _(order, letters):
    mine = _in_order(order)
    return len(mine) == len(letters) and not mine.index("B") < mine.index("C") < mine.index("A")


exercise.wrong(
    "everything_again",
    feedback="resume does not start over",
    answers={"resumed": 'resumed = {"orders", "archive", "revenue", "report", "letter"}'},
)

exercise.wrong(
    "only_what_failed",
    feedback="What failed is not all that is left",
    answers={"resumed": 'resumed = {"revenue"}'},
)

exercise.wrong(
    "only_what_was_named",
    feedback="report and letter were made from the wrong number",
    answers={"rerun": 'rerun = {"revenue"}'},
)

exercise.wrong(
    "waits_after_it_has_tried_again",
    feedback="A retry does not begin at once",
    answers={"order": 'order = "D B A C E"'},
)

exercise.alternative(
    "written_in_other_ways",
    answers={
        "resumed": "resumed = [letter, report, revenue]",
        "rerun": 'rerun = "report, letter, revenue"',
        "order": 'order = "d, b, c, a, e"',
    },
)
