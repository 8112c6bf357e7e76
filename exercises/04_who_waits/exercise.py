"""An exercise of lesson 02: reading a picture, and predicting what a failure holds up."""

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "who_waits",
    title="Who waits for whom",
    minutes=10,
    values=("at_once", "needs", "held_up"),
    hints=(
        """Draw the Dag on paper, with an arrow from each task to those that ask for it. Then follow
the arrows with a finger.""",
        """`%dag show --highlight newsletter` brings out its ancestors and descendants.
A failure travels along the arrows, also over several of them.""",
        """at_once has three names, needs has five, held_up has three. One of them:
held_up = {"best_sellers", "newsletter", …}""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 4. Who waits for whom

*10 minutes. It belongs to the lesson `02_dependencies`.*

A colleague has left, and her Dag is yours now. Before you change anything, understand it. Read the
tasks below, draw the picture on paper, and answer three questions. Each answer is a set of names,
such as `{"orders", "prices"}`.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
%dag new newsletter_night --start-date 1997-02-24 --clock virtual
%dag reset
""",
)

for _name, _body in {
    "newsletter": """
def newsletter(best_sellers, addresses):
    return f"{addresses} letters about {best_sellers}"
""",
    "best_sellers": """
def best_sellers(orders, prices):
    return f"{orders} at {prices}"
""",
    "archive": """
def archive(newsletter):
    return f"kept: {newsletter}"
""",
    "addresses": """
def addresses(customers):
    return len(customers)
""",
    "orders": """
def orders():
    return "CDs"
""",
    "prices": """
def prices():
    return "11.77"
""",
    "customers": """
def customers():
    return ["Ann", "Bob"]
""",
    "bill": """
def bill(orders, customers):
    return f"{orders} for {len(customers)}"
""",
}.items():
    exercise.given(_name, f"%%task{_body}")

exercise.text(
    "questions",
    """
**Three questions.** Answer them in the cells below, before you look at `%dag`.

1. Which tasks can start at once?
2. Which tasks must have succeeded before `newsletter` can start? Name all of its *ancestors*.
3. `prices` fails. Which tasks cannot run because of that?
""",
)

exercise.answer(
    "at_once", start="at_once = ____", solution='at_once = {"orders", "prices", "customers"}'
)
exercise.answer(
    "needs",
    start="needs = ____",
    solution='needs = {"best_sellers", "addresses", "orders", "prices", "customers"}',
)
exercise.answer(
    "held_up",
    start="held_up = ____",
    solution='held_up = {"best_sellers", "newsletter", "archive"}',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(dag):
    run = dag.trial(faults="prices:always")
    states = {it.task: it.state for it in run.snapshot.instances.values()}
    return {
        "graph": dag.graph,
        "upstream_failed": {task for task, state in states.items() if state == "upstream_failed"},
    }


@exercise.check("what can start at once")
def _(at_once, graph):
    return _counted(at_once, {it for it in graph.tasks if not graph.upstream[it]})


@exercise.check("all ancestors of newsletter")
def _(needs, graph):
    return _counted(needs, graph.ancestors("newsletter"))


@exercise.check("what a failure of prices holds up")
def _(held_up, upstream_failed):
    return _counted(held_up, upstream_failed)


def _names(answer):
    """Names in a set, however they were written."""
    words = answer.replace(",", " ").split() if isinstance(answer, str) else answer
    return {getattr(it, "name", it) for it in words}


def _counted(answer, expected):
    """How many names there are, and how many are right; which ones, the learner has to find."""
    names = _names(answer)
    yours = {"names": len(names), "right ones": len(names & expected)}
    return yours, {"names": len(expected), "right ones": len(expected)}


@exercise.mistake(
    """
You named what newsletter waits for directly. That is only its upstream tasks.
Each of them waits for others: go on from there, until nothing is left.
"""
)
def _(needs, graph):
    return _names(needs) == set(graph.upstream["newsletter"])


@exercise.mistake(
    """
A failure does not stop after one arrow. What waits for a task that could not run cannot run either.
Follow the arrows to the end.
"""
)
def _(held_up, graph):
    return _names(held_up) == set(graph.downstream["prices"])


@exercise.mistake(
    """
You followed the arrows the wrong way: these are the tasks that come after newsletter.
Its ancestors come before it. What does it ask for in its brackets?
"""
)
def _(needs, graph):
    return _names(needs) & graph.descendants("newsletter")


@exercise.mistake(
    """
The order of the cells says nothing. A task can start at once if it waits for nothing:
look for functions with empty brackets.
"""
)
def _(at_once):
    return "newsletter" in _names(at_once)


@exercise.mistake(
    """
prices itself did run: it is failed, not held up.
Name only those that wait for it, directly or not.
"""
)
def _(held_up):
    return "prices" in _names(held_up)


exercise.wrong(
    "only_direct_ones",
    feedback="That is only its upstream tasks.",
    answers={"needs": 'needs = {"best_sellers", "addresses"}'},
)

exercise.wrong(
    "stops_after_one_arrow",
    feedback="A failure does not stop after one arrow.",
    answers={"held_up": 'held_up = {"best_sellers"}'},
)

exercise.wrong(
    "wrong_way_round",
    feedback="You followed the arrows the wrong way",
    answers={"needs": 'needs = {"archive"}'},
)

exercise.wrong(
    "order_of_the_cells",
    feedback="The order of the cells says nothing.",
    answers={"at_once": 'at_once = {"newsletter"}'},
)

exercise.wrong(
    "counts_the_failed_one",
    feedback="prices itself did run",
    answers={"held_up": 'held_up = {"prices", "best_sellers", "newsletter", "archive"}'},
)

exercise.alternative(
    "lists_and_tasks",
    answers={
        "at_once": "at_once = [orders, customers, prices]",
        "needs": 'needs = "customers, prices, orders, addresses, best_sellers"',
        "held_up": 'held_up = ("archive", "newsletter", "best_sellers")',
    },
)
