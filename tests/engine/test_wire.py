"""Frames arrive whole and in order, or not at all."""

from __future__ import annotations

import os
import threading

import pytest

from wfkit.engine import pipes, wire
from wfkit.engine.wire import Garbled, Parser, Wire, frame

SIZES = [0, 1, 100, (1 << 15) - 1, 1 << 15, 1_000_000]


def test_frames_are_cut_anywhere() -> None:
    frames = [(wire.GO, b""), (wire.LINE, b"ab"), (wire.RESULT, bytes(300))]
    stream = b"".join(frame(*it) for it in frames)
    for step in (1, 2, 7, 8, 9, 10, 11, 100, len(stream)):
        parser, found = Parser(), []
        for start in range(0, len(stream), step):
            found += parser.feed(stream[start : start + step])
        assert found == frames


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(Garbled):
        Parser().feed(b"hello, I am no frame")


def test_frames_of_any_size_pass_from_several_threads() -> None:
    here, there = map(Wire, pipes.connection())

    def send(kind: int) -> None:
        for size in SIZES:
            there.send(kind, bytes([kind]) * size)

    threads = [threading.Thread(target=send, args=(kind,)) for kind in (wire.LINE, wire.RESULT)]
    for thread in threads:
        thread.start()
    found: list[wire.Frame] = []
    while len(found) < 2 * len(SIZES):
        found += here.receive()
    for thread in threads:
        thread.join()
    for kind in (wire.LINE, wire.RESULT):
        assert [len(payload) for it, payload in found if it == kind] == SIZES
        assert all(set(payload) <= {kind} for it, payload in found if it == kind)
    here.close()
    there.close()


def test_the_end_of_the_other_side_is_noticed() -> None:
    here, there = map(Wire, pipes.connection())
    assert not pipes.hung_up(here.reading, 0.0)
    there.send(wire.READY)
    there.close()
    assert pipes.hung_up(here.reading, 1.0)
    assert here.receive() == [(wire.READY, b"")]
    with pytest.raises(EOFError):
        here.receive()
    with pytest.raises(OSError, match="pipe"):
        here.send(wire.GO)
    here.close()


def test_half_a_frame_is_followed_by_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    here, there = map(Wire, pipes.connection())

    def interrupted(end: int, data: bytes) -> int:
        if len(data) > 100:
            raise TimeoutError
        return os.write(end, data)

    monkeypatch.setattr(pipes, "write_some", interrupted)
    with pytest.raises(TimeoutError):
        there.send(wire.RESULT, bytes(1_000_000))
    with pytest.raises(BrokenPipeError):
        there.send(wire.GO)
    assert here.receive() == []
    here.close()
    there.close()
