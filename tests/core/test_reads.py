"""What code takes from around it, read off its bytecode."""

from __future__ import annotations

from wfkit.core.reads import Read, outer_reads, places


def reads(source: str, own: str = "") -> list[tuple[str, int]]:
    code = compile(source, "cell", "exec")
    return [(it.name, it.line) for it in outer_reads(code, own.split())]


def test_outer_reads_are_sorted_by_line() -> None:
    assert reads("def f():\n    return b\na\nc") == [("b", 2), ("a", 3), ("c", 4)]


def test_outer_reads_see_the_order_of_statements() -> None:
    assert reads("x = 1\ny = x\nz = w\nw = 2", "x y z w") == [("w", 3)]
    assert reads("def f(): return w\nw = 2", "f w") == []


def test_outer_reads_tell_writes() -> None:
    code = compile("def f():\n    global x\n    x = 1\n    del x", "cell", "exec")
    assert list(outer_reads(code, ["f"])) == [Read("x", 3, True), Read("x", 4, True)]


def test_names_of_a_class_body_are_its_own() -> None:
    assert ("z", 3) in reads("class A:\n    x = 1\n    y = x + z", "A")
    assert ("x", 3) not in reads("class A:\n    x = 1\n    y = x + z", "A")


def test_places_tell_the_column_of_each_read() -> None:
    code = compile("def f(x):\n    return x + é + b(é)", "cell", "exec")
    found = [(place.read.name, place.column) for place in places(code)]
    assert found == [("é", 15), ("b", 20), ("é", 22)]  # in bytes, as the syntax tree counts
