"""What an attempt lets out is kept: every line, in order, but of too much the middle."""

from __future__ import annotations

import threading

import pytest

from wfkit.engine import capture
from wfkit.engine.capture import MOST_CHARACTERS, Capture, LogLine
from wfkit.engine.clock import VirtualClock


def make(task: str = "orders") -> Capture:
    return Capture(task, -1, 1, VirtualClock(5.0))


def texts(it: Capture, level: str | None = None) -> list[str]:
    return [line.text for line in it.finish() if level in (None, line.level)]


# One capture by itself


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        (["a", "\n"], ["a"]),
        (["a\n", "b\n"], ["a", "b"]),
        (["a", "b", "c\nd", "\n"], ["abc", "d"]),
        (["a\n\n\nb"], ["a", "", "", "b"]),
        (["\n"], [""]),
        (["", ""], []),
        (["no end"], ["no end"]),
        (["10%\r", "20%\r", "done\n"], ["10%\r20%\rdone"]),
        (["\x1b[31mred\x1b[0m\n"], ["\x1b[31mred\x1b[0m"]),
        (["caf\u00e9 \u58f2\u4e0a \udcff \0\n"], ["café 売上 \\udcff \\0"]),
    ],
)
def test_pieces_become_lines(pieces: list[str], lines: list[str]) -> None:
    it = make()
    for piece in pieces:
        it.write("stdout", piece)
    assert texts(it) == lines


def test_streams_keep_their_own_unfinished_lines() -> None:
    it = make()
    it.write("stdout", "one ")
    it.write("stderr", "two\nthree")
    it.write("stdout", "four\n")
    assert [(line.level, line.text) for line in it.finish()] == [
        ("stderr", "two"),
        ("stdout", "one four"),
        ("stderr", "three"),
    ]


def test_line_knows_whose_it_is_and_when() -> None:
    clock = VirtualClock(5.0)
    it = Capture("orders", 3, 2, clock)
    it.write("stdout", "first\n")
    clock.sleep(10)
    it.line("INFO", "second")
    it.display({"text/plain": "a plot", "image/png": "iVBO"}, {"image/png": {"width": 3}})
    it.display({"image/png": "iVBO"})
    plot = {"text/plain": "a plot", "image/png": "iVBO"}
    assert it.finish() == [
        LogLine("orders", 3, 2, 5.0, "stdout", "first"),
        LogLine("orders", 3, 2, 15.0, "INFO", "second"),
        LogLine(
            *("orders", 3, 2, 15.0, "display", "a plot"),
            {"data": plot, "metadata": {"image/png": {"width": 3}}},
        ),
        LogLine(
            *("orders", 3, 2, 15.0, "display", ""),
            {"data": {"image/png": "iVBO"}, "metadata": {}},
        ),
    ]


def test_nothing_is_taken_in_after_the_end() -> None:
    it = make()
    it.write("stdout", "in time\n")
    assert texts(it) == ["in time"]
    it.write("stdout", "late\n")
    it.display({"text/plain": "late"})
    assert texts(it) == ["in time"]


def test_much_output_keeps_head_and_tail() -> None:
    it = make()
    for number in range(30_000):
        it.write("stdout", f"{number:099}\n")
    lines = it.finish()
    shown = [line for line in lines if line.level == "stdout"]
    (gap,) = [line for line in lines if line.level == "note"]
    numbers = [int(line.text) for line in shown]
    head = lines.index(gap)
    assert numbers[:head] == list(range(head))
    assert numbers[head:] == list(range(30_000 - len(numbers) + head, 30_000))
    assert gap.text == f"… {30_000 - len(numbers):,} lines left out …"
    assert 0.9 * MOST_CHARACTERS < sum(len(line.text) + 1 for line in shown) <= MOST_CHARACTERS


def test_little_more_than_half_is_kept_whole() -> None:
    it = make()
    for number in range(9_999):
        it.write("stdout", f"{number:099}\n")
    assert [int(text) for text in texts(it)] == list(range(9_999))


def test_gap_holds_no_picture() -> None:
    it = make()
    it.display({"text/plain": "x" * MOST_CHARACTERS})
    it.display({"text/plain": "x" * (MOST_CHARACTERS // 5)})
    for _ in range(6):
        it.display({"text/plain": "y" * (MOST_CHARACTERS // 5)})
    (gap,) = [line for line in it.finish() if line.level == "note"]
    assert gap.data is None


@pytest.mark.parametrize(
    ("text", "times"), [("x" * 5_000_000, 1), ("x" * 1_000, 5_000), ("x" * 200_000, 25)]
)
@pytest.mark.parametrize("end", ["\n", ""])
def test_endless_line_is_cut_and_its_length_told(text: str, times: int, end: str) -> None:
    it = make()
    for _ in range(times):
        it.write("stdout", text)
    it.write("stdout", f"{end}after")
    lines = texts(it)
    told = 5_000_000 if end else 5_000_005
    assert lines[0] == f"{'x' * 2_000} … ({told:,} characters)"
    assert lines[1:] == (["after"] if end else [])


@pytest.mark.slow
def test_a_hundred_megabytes_in_small_pieces_are_taken_in_at_once() -> None:
    it = make()
    for _ in range(100_000):
        it.write("stdout", "x" * 1_000)
    assert sum(map(len, it._keeps()._parts["stdout"])) < MOST_CHARACTERS
    assert texts(it) == [f"{'x' * 2_000} … (100,000,000 characters)"]


def test_two_threads_may_write_the_first_line(monkeypatch: pytest.MonkeyPatch) -> None:
    making = threading.Event()

    class Slow(capture._Kept):
        def __init__(self) -> None:
            making.wait(0.05)
            super().__init__()

    monkeypatch.setattr(capture, "_Kept", Slow)
    it = make()
    threads = [threading.Thread(target=it.line, args=("stdout", text)) for text in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert sorted(texts(it)) == ["a", "b"]
