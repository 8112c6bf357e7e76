"""An exercise of lesson 05: trigger rules for a plan B, a letter and a clean-up."""

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "plan_b",
    title="There is always a letter",
    minutes=20,
    tasks=("plan_b", "letter", "tidy_up"),
    hints=(
        """Three tasks, three rules. For each ask: what must have happened before it may start?
And which task would hide a failure, because nothing comes after it?""",
        """--trigger-rule all_failed, one_success, all_done. `%dag run --fault report:always`
shows what each of them does.""",
        """%%task --after orders --trigger-rule all_done
def tidy_up(): …, and the letter begins: def letter(report=None, plan_b=None):""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 10. There is always a letter

*20 minutes. It belongs to the lesson `05_design_for_failure`.*

`orders` and `report` are there. Three tasks are missing:

- `plan_b` runs **only if there is no report**. It gives the text `yesterday's numbers`.
- `letter` sends what there is: `report`, or else `plan_b`. It gives that text.
- `tidy_up` throws away what `orders` has left behind, **after every night**, good or bad. It
  gives the text `tidy`. It must not turn a night without a letter green.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
%dag new plan_b --param amount=20 --start-date "1997-01-06 22:00" --clock virtual
""",
)

exercise.given(
    "orders",
    '''
%%task --takes 2h
def orders(amount):
    """What was sold; it leaves files behind."""
    return [amount, amount]
''',
)

exercise.given(
    "report",
    '''
%%task
def report(orders):
    """One line for the boss."""
    return f"sold: {sum(orders)}"
''',
)

exercise.answer(
    "plan_b",
    start='''
%%task --after ____ --trigger-rule ____
def plan_b():
    """What the boss gets if there is no report."""
    return "yesterday's numbers"
''',
    solution='''
%%task --after report --trigger-rule all_failed
def plan_b():
    """What the boss gets if there is no report."""
    return "yesterday's numbers"
''',
)

exercise.text("order", "**Put in order.** These lines make the task `letter`.")

exercise.put_in_order(
    "letter",
    '''
%%task
--trigger-rule one_success
def letter(report=None, plan_b=None):
    """What the boss finds at six."""
    return report or plan_b
''',
    extra=["--trigger-rule all_success"],
)

exercise.text("yours", "**On your own.** The clean-up.")

exercise.answer(
    "tidy_up",
    start='''
%%task ____
def tidy_up():
    """Throw away what orders has left behind."""
    return ____
''',
    solution='''
%%task --after orders --trigger-rule all_done
def tidy_up():
    """Throw away what orders has left behind."""
    return "tidy"
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag, seed):
    def night(faults=()):
        return dag.trial({"amount": 20 + seed}, faults=faults)

    return {
        "good": night(),
        "bad": night("orders:always"),
        "no_letter": night("letter:always"),
        "amount": 20 + seed,
    }


def _states(run, *tasks):
    return {it.task: it.state for it in run.snapshot.instances.values() if it.task in tasks}


@exercise.check("a good night: the letter is the report", task="letter")
def _(good, amount):
    return good["letter"], f"sold: {2 * amount}"


@exercise.check("a good night: plan_b does not run")
def _(good):
    return _states(good, "plan_b"), {"plan_b": "skipped"}


@exercise.check("a bad night: plan_b runs, and the letter is what it gives", task="letter")
def _(bad):
    return bad["letter"], "yesterday's numbers"


@exercise.check("tidy_up runs after a good night and after a bad one")
def _(good, bad):
    yours = {"good night": _states(good, "tidy_up"), "bad night": _states(bad, "tidy_up")}
    return {night: found["tidy_up"] for night, found in yours.items()}, {
        "good night": "success",
        "bad night": "success",
    }


@exercise.check("tidy_up comes after orders, when its files are there")
def _(good):
    ended = {it.task: it.at for it in good.events if it.to_state == "success"}
    return "after" if ended["tidy_up"] >= ended["orders"] else "before", "after"


@exercise.check("a night without a letter is failed")
def _(no_letter):
    return no_letter.state, "failed"


def _rule(dag, task):
    return dag.tasks[task].options.trigger_rule


@exercise.mistake(
    """
all_done starts plan_b after every report, good or bad: also when the boss has a report.
Which rule waits for a failure?
"""
)
def _(good):
    return _states(good, "plan_b")["plan_b"] == "success"


@exercise.mistake(
    """
letter waits until report and plan_b have both succeeded, and that never happens: one of them is
always left out.
It needs one of them: --trigger-rule one_success
"""
)
def _(dag):
    return _rule(dag, "letter") == "all_success"


@exercise.mistake(
    """
tidy_up is the last task now, and a run is judged by its last tasks: it went well, so the run is
green without a letter.
It only needs orders. Put it after that.
"""
)
def _(no_letter):
    return no_letter.state == "success"


@exercise.mistake(
    """
tidy_up waits for a success of orders, so after a bad night nobody tidies up.
Which rule waits only until a task has ended, in whatever way?
"""
)
def _(dag):
    return _rule(dag, "tidy_up") == "all_success" and "orders" in dag.graph.upstream["tidy_up"]


@exercise.mistake(
    """
tidy_up waits for nothing, so it tidies up before anything is there.
Put it after the task that leaves something behind.
"""
)
def _(dag):
    return not dag.graph.upstream["tidy_up"]


exercise.wrong(
    "plan_b_every_night",
    feedback="all_done starts plan_b after every report",
    answers={
        "plan_b": """
%%task --after report --trigger-rule all_done
def plan_b():
    return "yesterday's numbers"
"""
    },
)

exercise.wrong(
    "letter_waits_for_both",
    feedback="letter waits until report and plan_b have both succeeded",
    answers={
        "letter": """
%%task
def letter(report=None, plan_b=None):
    return report or plan_b
"""
    },
)

exercise.wrong(
    "hides_the_failure",
    feedback="tidy_up is the last task now",
    answers={
        "tidy_up": """
%%task --after letter --trigger-rule all_done
def tidy_up():
    return "tidy"
"""
    },
)

exercise.wrong(
    "tidies_up_after_good_nights",
    feedback="tidy_up waits for a success of orders",
    answers={
        "tidy_up": """
%%task --after orders
def tidy_up():
    return "tidy"
"""
    },
)

exercise.wrong(
    "tidies_up_too_early",
    feedback="tidy_up waits for nothing",
    answers={
        "tidy_up": """
%%task
def tidy_up():
    return "tidy"
"""
    },
)

exercise.alternative(
    "other_rules_that_do_it",
    answers={
        "plan_b": """
%%task --after report --trigger-rule one_failed
def plan_b():
    return "yesterday's numbers"
""",
        "letter": """
%%task --trigger-rule all_done
def letter(report, plan_b):
    return plan_b if report is None else report
""",
        "tidy_up": """
%%task --trigger-rule all_done
def tidy_up(orders=None):
    return "tidy"
""",
    },
)
