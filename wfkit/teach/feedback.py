"""What does the learner read? A verdict, a line for each check, and the first cause."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from wfkit.teach.comparison import side_by_side

MIME = "wfkit_report"
HINTS = 3


class Verdict(StrEnum):
    """How an exercise stands."""

    NOT_STARTED = "not started"
    NOT_YET = "not yet"
    DONE = "done"


@dataclass(frozen=True)
class Finding:
    """What one check found: `words` tell the difference, `cause` an error.

    `line` is the learner's own line. `is_hidden` says that it held on the data the learner sees,
    but not on other data.
    """

    title: str
    passed: bool
    yours: Sequence[str] = ()
    expected: Sequence[str] = ()
    words: Sequence[str] = ()
    cause: str = ""
    line: str = ""
    is_hidden: bool = False


@dataclass(frozen=True)
class Report:
    """The verdict about one exercise.

    `missing` is what is not there yet, `advice` names a typical mistake that was found, `hint` is
    the first one if it is to be shown, `next_hint` the number of the one that %hint shows next, 4
    after the last.
    """

    exercise: str
    verdict: Verdict
    findings: Sequence[Finding] = ()
    missing: Sequence[str] = ()
    cause: str = ""
    advice: str = ""
    hint: str = ""
    next_hint: int = 2

    def __repr__(self) -> str:
        return "\n".join([*_lines(self), *_next_steps(self)])

    def in_shell(self) -> str:
        """Return the report for a terminal, where there are no magics."""
        return "\n".join([*_lines(self), *_next_steps_in_shell(self)])

    def _repr_mimebundle_(
        self, include: object = None, exclude: object = None
    ) -> tuple[dict[str, str], dict[str, object]]:
        return {"text/plain": repr(self)}, {MIME: self.to_dict()}

    def to_dict(self) -> dict[str, Any]:
        """Return the report as plain data for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Report:
        """Return the report that `to_dict` wrote down."""
        findings = tuple(Finding(**finding) for finding in plain["findings"])
        return cls(**{**plain, "verdict": Verdict(plain["verdict"]), "findings": findings})


def _lines(report: Report) -> list[str]:
    passed = sum(finding.passed for finding in report.findings)
    counted = f" ({passed} of {len(report.findings)} checks)" if report.findings else ""
    lines = [f"{report.exercise}: {report.verdict}{counted}"]
    lines += report.cause.splitlines()
    if report.missing:
        lines.append(f"Still missing: {', '.join(report.missing)}.")
    first = next((finding for finding in report.findings if not finding.passed), None)
    for finding in report.findings:
        lines.append(f"{'✔' if finding.passed else '✘'} {finding.title}")
        if finding is first:
            reason = [*_reason(finding), *report.advice.splitlines()]
            lines += [f"    {line}" for line in reason]
    if report.hint:
        lines.append(f"hint 1 of {HINTS}: {report.hint}")
    return lines


def _next_steps(report: Report) -> Iterator[str]:
    name = report.exercise
    if report.verdict is Verdict.NOT_STARTED:
        yield f"Fill in the blanks (____), run those cells, then run %check {name} again."
    elif report.verdict is Verdict.NOT_YET and report.next_hint > HINTS:
        yield f"You have read all hints. %solution {name} shows a solution."
    elif report.verdict is Verdict.NOT_YET:
        yield f"%hint {name} shows hint {report.next_hint} of {HINTS}."


def _next_steps_in_shell(report: Report) -> Iterator[str]:
    if report.verdict is Verdict.NOT_STARTED:
        yield "Fill in the blanks (____) and save the notebook, then run this command again."
    elif report.verdict is Verdict.NOT_YET:
        yield f"There are more hints: run %hint {report.exercise} in the notebook."


def _reason(finding: Finding) -> list[str]:
    lines = finding.cause.splitlines()
    if finding.is_hidden:
        lines.append("Right for the data you see, wrong for other data of the same kind.")
        lines.append("Is a result, a date or a file name written into the code?")
    if finding.yours or finding.expected:
        lines += side_by_side(finding.yours, finding.expected)
    lines += finding.words
    if finding.line:
        lines.append(f"your line: {finding.line}")
    return lines
