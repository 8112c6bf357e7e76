"""The lessons as a drawing with its text: done, begun and not begun are told without colours."""

import xml.etree.ElementTree as ET

from wfkit.views.course import LessonProgress, course_picture, course_text

EXERCISE = "… boundaries: not yet, 3 checks (The best customers)"
LESSONS = [
    LessonProgress(0, "Start <here>", 20, 4, 4, is_begun=True, is_done=True),
    LessonProgress(1, "Task boundaries", 25, 1, 5, [EXERCISE], is_begun=True),
    LessonProgress(10, "Graduate", 30, 0, 20),
]
TEXT = """\
Your lessons
  ✔  0 Start <here>                  20 min  4 of 4 predictions
  …  1 Task boundaries               25 min  1 of 5 predictions
       … boundaries: not yet, 3 checks (The best customers)
  · 10 Graduate                      30 min  not begun
predictions: 5 made, 2 right at the first go"""


def test_the_text_has_a_line_for_each_lesson_and_the_exercises_of_those_begun() -> None:
    assert repr(course_picture(LESSONS, "predictions: 5 made, 2 right at the first go")) == TEXT


def test_the_drawing_has_a_row_for_each_lesson_and_a_square_for_each_prediction() -> None:
    svg = course_picture(LESSONS, "5 made").svg
    assert svg is not None
    root = ET.fromstring(svg)
    rows = [it for it in root.iter() if it.get("class") == "lesson"]
    assert [row.get("data-state") for row in rows] == ["done", "begun", "not begun"]
    squares = [
        [it.get("fill") != "none" for it in row.iter() if it.get("width") == "9"] for row in rows
    ]
    assert squares == [[True] * 4, [True] + [False] * 4, []]
    said = ["".join(row.itertext()) for row in rows]
    assert EXERCISE in said[1]
    assert "not begun" in said[2]


def test_no_row_sticks_out_of_the_card() -> None:
    svg = course_picture([LESSONS[2]._replace(asked=400, is_begun=True)], "none").svg
    assert svg is not None
    root = ET.fromstring(svg)
    ends = [float(it.get("x", 0)) + float(it.get("width", 0)) for it in root.iter()]
    assert max(ends) <= float(root.get("width", 0))


def test_a_course_without_lessons_is_its_summary() -> None:
    assert repr(course_picture([], "nothing")) == "Your lessons\nnothing"


def test_the_text_tells_what_a_lesson_needs_where_that_is_given() -> None:
    (line,) = course_text([LESSONS[2]._replace(needs="lesson 2")], "").splitlines()[1:2]
    assert (
        line == "  · 10 Graduate                      30 min  not begun             needs lesson 2"
    )
