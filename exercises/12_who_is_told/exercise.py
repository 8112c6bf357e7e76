"""An exercise of lesson 06: who is told of what, and what lateness is."""

from datetime import date, timedelta

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "who_is_told",
    title="Whom to wake, and when not",
    minutes=15,
    dag="who_is_told",
    hints=(
        """For each sentence of Mia's ask: has anything failed then? What would wfkit have to
know to notice it?""",
        """--deadline takes a time of the day, such as 07:15, or a duration from when the run
is due. --on takes failure, retry, deadline, recovered, success: some of them, with commas.""",
        """%dag new who_is_told … --deadline 06:00
%dag alert --to mailto://mia@example.com --on failure,…""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 12. Whom to wake, and when not

*15 minutes. It belongs to the lesson `06_logging_and_monitoring`.*

The run is due at 01:30. Mia is at home, with her telephone. She says:

1. "When a night has **failed**, I want to know."
2. "When the report is not there **at six o'clock**, I want to know. Even if nothing has failed."
3. "When wfkit has helped itself with a retry, let me **sleep**. When all is well, too."

Declare the Dag so, then say who is told of what. Mia's address is `mailto://mia@example.com`. (On
the virtual clock of this Dag nothing is really sent.)
""",
)

exercise.given("set_up", "%load_ext wfkit")

exercise.answer(
    "dag",
    start="""
%dag new who_is_told --schedule "30 1 * * *" ____ \\
    --start-date 1997-03-03 --clock virtual
""",
    solution="""
%dag new who_is_told --schedule "30 1 * * *" --deadline 06:00 \\
    --start-date 1997-03-03 --clock virtual
""",
)

exercise.given(
    "orders",
    '''
%%task --takes 20m --retries 1 --retry-delay 10m
def orders(logical_date):
    """The purchases of the day."""
    return logical_date.day
''',
)

exercise.given(
    "report",
    '''
%%task
def report(orders):
    """One line for the boss."""
    return f"sold: {orders}"
''',
)

exercise.answer(
    "alert",
    start="%dag alert --to ____ --on ____",
    solution="%dag alert --to mailto://mia@example.com --on failure,deadline",
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, seed):
    day = date(1997, 3, 3) + timedelta(days=10 * seed)

    def told(faults=()):
        nights = dag.simulate(start=day, days=1, faults=faults)
        return sorted({it.alert.kind for it in nights.alerts})

    return {
        "failed": told("orders:always"),
        "late": told("orders:slow=4h20m"),
        "very_late": told("orders:slow=9h"),
        "retried": told("orders:1"),
        "well": told(),
        "receivers": sorted({str(rule).partition(" → ")[2] for rule in dag.alert_rules}),
        "kinds": {str(kind) for rule in dag.alert_rules for kind in rule.on},
    }


def _told(kinds):
    return "told of: " + (", ".join(kinds) or "nothing")


@exercise.check("somebody is told at all, and it is Mia")
def _(receivers):
    return ", ".join(receivers) or "nobody", "mailto://example.com"


@exercise.check("a night that failed")
def _(failed):
    return _told(failed), _told(["failure"])


@exercise.check("a night that takes until 06:10")
def _(late):
    return _told(late), _told(["deadline"])


@exercise.check("a night that a retry has saved")
def _(retried):
    return _told(retried), _told([])


@exercise.check("a night when all is well")
def _(well):
    return _told(well), _told([])


@exercise.mistake(
    """
Late is not failed. A slow night ends well, only too late, so failure alone says nothing.
Add deadline behind --on.
"""
)
def _(kinds):
    return kinds == {"failure"}


@exercise.mistake(
    """
Nothing says when the report has to be there, so no night is ever late.
Give the Dag its promise: --deadline 06:00
"""
)
def _(dag):
    return dag.options.deadline is None


@exercise.mistake(
    """
6h is a duration: six hours after the run is due, that is at 07:30.
The boss looks at the clock. Write a time of the day.
"""
)
def _(late, very_late):
    return "deadline" in very_late and "deadline" not in late


@exercise.mistake(
    """
Mia is woken although there is nothing to do for her. Soon she will not look at her telephone.
Tell only what a person must act on: leave out retry and success.
"""
)
def _(retried, well):
    return retried or well


@exercise.mistake(
    """
Mia hears that it is late, but not that it failed: a night that fails at two has not missed
anything until six, and some never do.
Add failure behind --on.
"""
)
def _(kinds):
    return kinds and "failure" not in kinds


def _dag(deadline):
    return f"""
%dag new who_is_told --schedule "30 1 * * *" {deadline} \\
    --start-date 1997-03-03 --clock virtual
"""


def _alert(kinds):
    return f"%dag alert --to mailto://mia@example.com --on {kinds}"


exercise.wrong(
    "only_failures",
    feedback="Late is not failed.",
    answers={"alert": _alert("failure")},
)

exercise.wrong(
    "no_deadline",
    feedback="Nothing says when the report has to be there",
    answers={"dag": _dag("")},
)

exercise.wrong(
    "six_hours_later",
    feedback="6h is a duration",
    answers={"dag": _dag("--deadline 6h")},
)

exercise.wrong(
    "every_retry",
    feedback="Mia is woken although there is nothing to do",
    answers={"alert": _alert("failure,retry,deadline")},
)

exercise.wrong(
    "only_lateness",
    feedback="Mia hears that it is late, but not that it failed",
    answers={"alert": _alert("deadline")},
)

exercise.alternative(
    "a_duration_that_ends_at_six",
    answers={
        "dag": _dag("--deadline 4h30m"),
        "alert": _alert("deadline,failure"),
    },
)
