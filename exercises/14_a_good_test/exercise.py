"""An exercise of lesson 07: a test of a task that finds what it has to find."""

from wfkit.teach.manifest import Exercise

exercise = Exercise(
    "a_good_test",
    title="A test that can fail",
    minutes=15,
    values=("test_paid",),
    hints=(
        """Think of a `paid` that is wrong: it keeps repeats, or gifts. Which rows must your
table have so that such a `paid` gives another result?""",
        """A task is a function: call it with three or four rows of your own, and assert what
comes out. Compare what matters, the rows that are left, not their order or index.""",
        """rows = pd.DataFrame({"customer_id": [1, 1, 1, 2], "amount": [5.0, 5.0, 8.0, 0.0]})
assert sorted(paid(rows)["amount"]) == …""",
    ),
)

exercise.text(
    "story",
    """
# Exercise 14. A test that can fail

*15 minutes. It belongs to the lesson `07_modularity`.*

A colleague wants to make `paid` faster. How will she know that it still does the same? Write a
test for her: `test_paid` gets **some** function `paid` and calls it with a few rows. If what
comes out is wrong, `assert` fails.

`paid` has to give each purchase once, and only those with an amount above zero. The same customer
may well buy twice on a day, for different amounts. The order of the rows does not matter.

`%check` hands your test some functions: right ones, and wrong ones. It should find each wrong
one.
""",
)

exercise.given(
    "set_up",
    """
%load_ext wfkit
import pandas as pd
""",
)

exercise.given(
    "paid",
    '''
%%task
def paid(purchases):
    """Each purchase once, and only those with an amount above zero."""
    return purchases.drop_duplicates().query("amount > 0")
''',
)

exercise.answer(
    "test",
    start='''
def test_paid(paid):
    """Fails if paid does not do what it should."""
    rows = pd.DataFrame({"customer_id": [____], "amount": [____]})
    assert ____, paid(rows)
''',
    solution='''
def test_paid(paid):
    """Fails if paid does not do what it should."""
    rows = pd.DataFrame({"customer_id": [1, 1, 1, 2], "amount": [5.0, 5.0, 8.0, 0.0]})
    assert sorted(paid(rows)["amount"]) == [5.0, 8.0]
''',
)

exercise.text(
    "now_check",
    "**How far are you?** First see it pass: `test_paid(paid)`. Then run this cell.",
)
exercise.check_cell()


def _right(purchases):
    return purchases.drop_duplicates().query("amount > 0")


def _also_right(purchases):
    return _right(purchases).sort_values("amount", ascending=False).reset_index(drop=True)


def _keeps_repeats(purchases):
    return purchases.query("amount > 0")


def _keeps_gifts(purchases):
    return purchases.drop_duplicates()


def _one_for_each_customer(purchases):
    return _right(purchases).drop_duplicates("customer_id")


def _gives_nothing(purchases):
    return purchases[:0]


@exercise.world
def _(test_paid):
    functions = (
        *(_right, _also_right),
        *(_keeps_repeats, _keeps_gifts, _one_for_each_customer, _gives_nothing),
    )
    return {"found": {it: _says(test_paid, it) for it in functions}}


def _says(test, function):
    """What the test says about a function: a test fails by any error, as pytest has it."""
    try:
        test(function)
    except Exception as error:  # noqa: BLE001
        return f"fails: {type(error).__name__}"
    return "passes"


def _expected(said):
    return said if said.startswith("fails") else "fails"


@exercise.check("a right paid passes")
def _(found):
    return found[_right], "passes"


@exercise.check("a right paid in another order and with another index passes, too")
def _(found):
    return found[_also_right], "passes"


@exercise.check("a paid that gives nothing at all is found")
def _(found):
    return found[_gives_nothing], _expected(found[_gives_nothing])


@exercise.check("a paid that keeps repeats is found")
def _(found):
    return found[_keeps_repeats], _expected(found[_keeps_repeats])


@exercise.check("a paid that keeps gifts is found")
def _(found):
    return found[_keeps_gifts], _expected(found[_keeps_gifts])


@exercise.check("a paid that gives each customer one purchase is found")
def _(found):
    return found[_one_for_each_customer], _expected(found[_one_for_each_customer])


@exercise.mistake(
    """
Your test passes whatever paid does: nothing in it can fail. What is printed, nobody compares.
A test needs assert, and behind it what must be so.
"""
)
def _(found):
    return set(found.values()) == {"passes"}


@exercise.mistake(
    """
Your test asks how the result lies there, not what it says: another order or index breaks it.
Compare sorted values.
"""
)
def _(found):
    return found[_right] == "passes" != found[_also_right]


@exercise.mistake(
    """
Your rows are all good ones, so a paid that does nothing gives the same.
Put in what paid is there for: a repeated row, a gift, a customer who buys twice.
"""
)
def _(found):
    return found[_keeps_repeats] == found[_keeps_gifts] == "passes"


@exercise.mistake(
    """
In your rows each customer has one purchase, so "each purchase once" and "each customer once" are
the same.
Let one of them buy twice, for different amounts.
"""
)
def _(found):
    return found[_one_for_each_customer] == "passes"


exercise.wrong(
    "cannot_fail",
    feedback="Your test passes whatever paid does",
    answers={
        "test": """
def test_paid(paid):
    rows = pd.DataFrame({"customer_id": [1, 1, 1, 2], "amount": [5.0, 5.0, 8.0, 0.0]})
    print(paid(rows))
"""
    },
)

exercise.wrong(
    "only_good_rows",
    feedback="Your rows are all good ones",
    answers={
        "test": """
def test_paid(paid):
    rows = pd.DataFrame({"customer_id": [1, 2], "amount": [5.0, 8.0]})
    assert len(paid(rows)) == 2
"""
    },
)

exercise.wrong(
    "asks_how_it_lies_there",
    feedback="Your test asks how the result lies there",
    answers={
        "test": """
def test_paid(paid):
    rows = pd.DataFrame({"customer_id": [1, 1, 1, 2], "amount": [5.0, 5.0, 8.0, 0.0]})
    assert paid(rows).index.tolist() == [0, 2]
"""
    },
)

exercise.wrong(
    "nobody_buys_twice",
    feedback="In your rows each customer has one purchase",
    answers={
        "test": """
def test_paid(paid):
    rows = pd.DataFrame({"customer_id": [1, 1, 2], "amount": [5.0, 5.0, 0.0]})
    assert len(paid(rows)) == 1
"""
    },
)

exercise.alternative(
    "several_asserts",
    answers={
        "test": """
def test_paid(paid):
    twice = pd.DataFrame({"customer_id": [1, 1], "amount": [5.0, 8.0]})
    assert len(paid(twice)) == 2
    assert len(paid(pd.concat([twice, twice]))) == 2
    assert paid(twice.assign(amount=0.0)).empty
"""
    },
)
