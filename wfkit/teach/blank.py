"""What is `____`? The mark for something that the learner has not written yet."""

from __future__ import annotations

NAME = "____"


class Blank:
    """A place for an answer. `%load_ext wfkit` gives it the name `____`.

    >>> BLANK
    ____
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return NAME

    def __bool__(self) -> bool:
        return False


BLANK = Blank()


def is_blank(value: object) -> bool:
    """Return True for `____`, also where it was put in quotes or left empty.

    >>> is_blank(BLANK), is_blank("____"), is_blank(0), is_blank("no")
    (True, True, False, False)
    """
    if isinstance(value, str):
        return not value.strip(" _")
    return isinstance(value, Blank)
