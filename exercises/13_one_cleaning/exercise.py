"""An exercise of lesson 07: one small Dag that is used twice."""

import pandas as pd

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "one_cleaning",
    title="One cleaning for all shops",
    minutes=15,
    tasks=("web_paid", "till_paid", "revenue"),
    hints=(
        """The tasks of `shop_cleaning` ask for `rows`. Who brings them, once for the web shop and
once for the till? And what are the copies called?""",
        """dag.include(other, prefix, inputs=…) copies the tasks of another Dag. inputs says for a
parameter which task brings it.""",
        """dag.include(shop_cleaning, "web_", inputs={"rows": "web"})
and the same for the till.""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 13. One cleaning for all shops

*15 minutes. It belongs to the lesson `07_modularity`.*

The shop sells on the web and at the till. Both files need the same cleaning: each purchase once,
and only those with an amount above zero. The Dag `shop_cleaning` does that. Use it **twice**:

- once for `web`, so that there is a task `web_paid`,
- once for `till`, so that there is a task `till_paid`,
- and `revenue` adds up both.

Copy no code. When the cleaning gets better one day, both shops are to have it.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
import pandas as pd

%dag new shop_cleaning
""",
)

exercise.given(
    "each_once",
    '''
%%task
def each_once(rows):
    """Each purchase once."""
    return rows.drop_duplicates()
''',
)

exercise.given(
    "paid",
    '''
%%task
def paid(each_once):
    """Only what brought in money."""
    return each_once[each_once["amount"] > 0]
''',
)

exercise.given(
    "dag",
    """
shop_cleaning = dag
%dag new shop_night --param folder=data --start-date 1997-03-03 --clock virtual
""",
)

exercise.given(
    "web",
    '''
%%task
def web(folder):
    """What was sold on the web."""
    return pd.read_csv(f"{folder}/web.csv")
''',
)

exercise.given(
    "till",
    '''
%%task
def till(folder):
    """What was sold at the till."""
    return pd.read_csv(f"{folder}/till.csv")
''',
)

exercise.answer(
    "include",
    start="""
dag.include(shop_cleaning, ____, inputs=____)
dag.include(____)
""",
    solution="""
dag.include(shop_cleaning, "web_", inputs={"rows": "web"})
dag.include(shop_cleaning, "till_", inputs={"rows": "till"})
""",
)

exercise.answer(
    "revenue",
    start='''
%%task
def revenue(____, ____):
    """The money of both shops."""
    return ____
''',
    solution='''
%%task
def revenue(web_paid, till_paid):
    """The money of both shops."""
    return web_paid["amount"].sum() + till_paid["amount"].sum()
''',
)

exercise.text("now_check", "**How far are you?** Run this cell as often as you like.")
exercise.check_cell()


@exercise.world
def _(seed, folder):
    web = pd.DataFrame({"customer_id": [1, 1, 2, 3], "amount": [5.0, 5.0, 0.0, 7.0 * seed]})
    till = pd.DataFrame({"customer_id": [4, 5, 5], "amount": [2.0, 3.0 * seed, 3.0 * seed]})
    web.to_csv(folder / "web.csv", index=False)
    till.to_csv(folder / "till.csv", index=False)
    return {"web": _clean(web), "till": _clean(till)}


@exercise.world
def _(dag, folder):
    return {"run": dag.trial({"folder": str(folder)})}


def _clean(rows):
    return rows.drop_duplicates().query("amount > 0")


@exercise.check("web_paid gives the clean rows of the web shop")
def _(run, web):
    return run["web_paid"], web


@exercise.check("till_paid gives the clean rows of the till")
def _(run, till):
    return run["till_paid"], till


@exercise.check("revenue adds up both", task="revenue")
def _(run, web, till):
    return run["revenue"], web["amount"].sum() + till["amount"].sum()


@exercise.check("both use the same cleaning, not a copy of it")
def _(dag):
    found = {_function(dag, "web_paid"), _function(dag, "till_paid")}
    return f"pieces of code: {len(found)}", "pieces of code: 1"


def _function(dag, task):
    return dag.tasks[task].function


@exercise.mistake(
    """
You wrote the cleaning a second time, and the two differ already.
Use the Dag that is there: dag.include(shop_cleaning, "till_", …)
"""
)
def _(dag):
    return _function(dag, "web_paid") is not _function(dag, "till_paid")


@exercise.mistake(
    """
The copies ask for rows, and no task is called so.
Say who brings them: inputs={"rows": "web"}
"""
)
def _(dag):
    return not dag.tasks["web_each_once"].inputs


@exercise.mistake(
    """
Both copies get the rows of the same shop, so one shop counts twice and the other one not at all.
Each copy has its own inputs.
"""
)
def _(dag):
    return "till" not in dag.graph.ancestors("till_paid") or "web" not in dag.graph.ancestors(
        "web_paid"
    )


@exercise.mistake(
    """
revenue takes the rows as they came in, so the cleaning is done and nobody uses it.
Ask for the clean ones: web_paid, till_paid.
"""
)
def _(dag):
    return {"web", "till"} & set(dag.graph.upstream["revenue"])


exercise.wrong(
    "copied_by_hand",
    feedback="You wrote the cleaning a second time",
    answers={
        "include": """
dag.include(shop_cleaning, "web_", inputs={"rows": "web"})


def till_paid(till):
    return till[till["amount"] > 0]


dag.add(till_paid)
"""
    },
)

exercise.wrong(
    "nobody_brings_rows",
    feedback="The copies ask for rows, and no task is called so.",
    answers={
        "include": """
dag.include(shop_cleaning, "web_")
dag.include(shop_cleaning, "till_")
"""
    },
)

exercise.wrong(
    "the_same_shop_twice",
    feedback="Both copies get the rows of the same shop",
    answers={
        "include": """
dag.include(shop_cleaning, "web_", inputs={"rows": "web"})
dag.include(shop_cleaning, "till_", inputs={"rows": "web"})
"""
    },
)

exercise.wrong(
    "nobody_uses_the_clean_rows",
    feedback="revenue takes the rows as they came in",
    answers={
        "revenue": """
%%task
def revenue(web, till):
    return web["amount"].sum() + till["amount"].sum()
"""
    },
)

exercise.alternative(
    "in_a_loop",
    answers={
        "include": """
for shop in ("till", "web"):
    dag.include(shop_cleaning, shop + "_", inputs={"rows": shop})
""",
        "revenue": """
%%task
def revenue(till_paid, web_paid):
    return round(pd.concat([till_paid, web_paid]).amount.sum(), 2)
""",
    },
)
