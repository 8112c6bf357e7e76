"""`%%task` and `%dag`: read the line, call one function, show what it returns."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from wfkit.api.dag import Dag
from wfkit.api.flags import Flag, Flags
from wfkit.api.service import follow, is_served
from wfkit.api.words import is_blank, split
from wfkit.core.addresses import targets
from wfkit.core.errors import WfkitError, did_you_mean
from wfkit.notebook import cell, declaring, live
from wfkit.notebook.cards import card_bundle
from wfkit.notebook.display import show, show_bundle, show_text
from wfkit.notebook.expecting import ENDS, expected, refuse_success
from wfkit.notebook.exports import export_bundle
from wfkit.notebook.option_changes import option_changes
from wfkit.notebook.playing import dag_bundle
from wfkit.notebook.receivers import receiver
from wfkit.notebook.saved_cells import differences, notebook_path
from wfkit.notebook.state import NOT_STARTED, Notebook
from wfkit.views.wording import counted, listed

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell


class UnknownVerb(WfkitError):
    """`%dag` does not have such a verb."""


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of `%dag`: its flags, and what it does with their values."""

    flags: Flags
    act: Callable[..., object]


def task_magic(notebook: Notebook, line: str, body: str) -> None:
    """Declare the function below as a task; `%%task --help` lists the flags."""
    text = cell.split(line, body)
    if text.is_blank:
        show_text(NOT_STARTED)
        return
    words = split(text.options)
    if "--help" in words:
        show_text(declaring.FLAGS.help())
        return
    options = declaring.FLAGS.parse(words)
    with expected(options.get("expect")), notebook.unchanged_on_failure():
        declared = declaring.declare(notebook, text, options)
        refuse_success(options.get("expect"))
        _show_declared(notebook, declared)


def _show_declared(notebook: Notebook, declared: declaring.Declared) -> None:
    if live.is_live(notebook.shell):
        show_bundle(card_bundle(declared))
    else:
        show_text(str(declared))


def dag_magic(notebook: Notebook, line: str) -> None:
    """Work with the current Dag; `%dag --help` lists the verbs."""
    words = split(line)
    if is_blank(words):
        show_text(NOT_STARTED)
        return
    if words[:1] in (["--help"], ["help"]):
        show_text(overview())
        return
    verb = _verb("show" if not words or words[0].startswith("--") else words.pop(0))
    if "--help" in words:
        show_text(verb.flags.help())
        return
    told = verb.act(notebook, **verb.flags.parse(words))
    if isinstance(told, str):
        show_text(told)
    elif told is not None:
        show(told)


def _verb(name: str) -> Verb:
    if name not in VERBS:
        raise UnknownVerb(
            f"%dag has no verb {name}.{did_you_mean(name, VERBS)}\nVerbs: {', '.join(VERBS)}."
        )
    return VERBS[name]


def overview() -> str:
    """Return every verb with what it does."""
    width = max(map(len, VERBS))
    rows = [f"  %dag {name:<{width}}  {verb.flags.summary}" for name, verb in VERBS.items()]
    return "\n".join(["%dag shows the Dag; its verbs (each takes --help):", *rows])


def _new(notebook: Notebook, name: str, expect: str | None = None, **options: Any) -> None:
    """Make a Dag, or give an existing one other options; its tasks stay."""
    with expected(expect), notebook.unchanged_on_failure():
        dag, old = notebook.new(name, **_with_receivers(notebook, options))
        refuse_success(expect)
        served = _served(dag) if follow(dag) else []
        show_text("\n".join([repr(dag), *_due(dag), *_what_became_of(old, dag), *served]))


def _with_receivers(notebook: Notebook, options: dict[str, Any]) -> dict[str, Any]:
    """Return options in which the names of functions of the notebook stand for these."""
    told = {it: options[it] for it in ("on_failure", "on_success") if it in options}
    space = notebook.shell.user_ns
    return options | {name: receiver(space, name, text) for name, text in told.items()}


def _served(dag: Dag) -> list[str]:
    if dag.schedule is None:
        return [f"{dag.name} is not served any more: it has no schedule now"]
    return ["it is served as it is now"]


def _due(dag: Dag) -> Iterator[str]:
    if dag.schedule is not None:
        yield f"runs are due {dag.schedule.timetable.describe()}"


def _what_became_of(old: Dag | None, dag: Dag) -> Iterator[str]:
    """Yield what happened to the tasks and options of the Dag in whose place another one is."""
    if old is None:
        return
    if old.name != dag.name:
        yield from ["takes over the tasks from above"] if old.tasks else []
        return
    changes = option_changes(old.options, dag.options)
    tasks = f"{counted(len(old.tasks), 'task')} kept, " if old.tasks else ""
    if not changes:
        yield f"{tasks}no option changed"
        return
    yield f"{tasks}{counted(len(changes), 'option')} changed:"
    yield from (f"  {change}" for change in changes)
    if any(change.endswith("(default)") for change in changes):
        yield "What %dag new does not name gets its default again: name it to keep it."


def _use(notebook: Notebook, name: str) -> str:
    """Make another Dag the current one."""
    notebook.bind(notebook.known(name))
    return repr(notebook.dag)


def _reset(notebook: Notebook) -> str:
    """Forget all tasks of the Dag."""
    dag = notebook.dag
    names = sorted(dag.tasks)
    notebook.remove(dag, names)
    return f"Dag {dag.name}: forgot {listed(names)}" if names else repr(dag)


def _remove(notebook: Notebook, task: str) -> str:
    """Forget one task."""
    notebook.remove(notebook.dag, [task])
    return repr(notebook.dag)


def _diff(notebook: Notebook, path: str | None = None) -> str:
    """Tell what differs between the Dag and the saved cells of the notebook."""
    dag = notebook.dag
    return differences(dag, notebook.ledger, notebook_path(path, notebook.shell.user_ns))


def _show(notebook: Notebook, **options: Any) -> object:
    if live.is_live(notebook.shell):
        show_bundle(dag_bundle(notebook.dag, **options))
        return None
    return notebook.dag.show(**options)


def _trial(notebook: Notebook, **options: Any) -> object:
    """Run on a virtual clock, keeping no history; without options a panel to break tasks in."""
    notebook.check_boundaries(notebook.dag)
    if not options and live.is_live(notebook.shell):
        from wfkit.notebook.panel import FaultPanel

        return FaultPanel(notebook.dag)
    return notebook.dag.trial(**options)


def _resume(notebook: Notebook, **options: Any) -> None:
    _live(notebook, "resume", **options)


def _rerun(notebook: Notebook, **options: Any) -> None:
    _live(notebook, "rerun", **options)


def _odds(notebook: Notebook, **options: Any) -> object:
    return notebook.dag.odds(**options)


def _upcoming(notebook: Notebook, **options: Any) -> str:
    return repr(notebook.dag.upcoming(**options))


def _simulate(notebook: Notebook, **options: Any) -> object:
    notebook.check_boundaries(notebook.dag)
    return notebook.dag.simulate(others=notebook.dags.values(), **options)


def _backfill(notebook: Notebook, **options: Any) -> str:
    notebook.check_boundaries(notebook.dag)
    return repr(notebook.dag.backfill(**options))


def _serve(notebook: Notebook, **options: Any) -> str:
    notebook.check_boundaries(notebook.dag)
    return repr(notebook.dag.serve(**options))


def _cancel(notebook: Notebook) -> str:
    dag = notebook.dag
    was_served = is_served(dag.name)
    dag.cancel()
    told = [f"{dag.name} is not served any more"] if was_served else []
    return "\n".join([*told, *([repr(dag.last)] if dag.last or not told else [])])


def _runs(notebook: Notebook, **options: Any) -> object:
    return notebook.dag.runs(**options)


def _metrics(notebook: Notebook, **options: Any) -> object:
    return notebook.dag.metrics(**options)


def _scaling(notebook: Notebook, **options: Any) -> object:
    return notebook.dag.scaling(**options)


def _logs(notebook: Notebook, **options: Any) -> str:
    return repr(notebook.dag.logs(**options))


def _alert(notebook: Notebook, **options: Any) -> str:
    to, dag = options.get("to"), notebook.dag
    if isinstance(to, str):
        to = options["to"] = receiver(notebook.shell.user_ns, "to", to)
    dag.alert(**options)
    notebook.alert_cells.said(notebook.execution, dag, targets("to", to))
    return repr(dag.alert())


def _alerts(notebook: Notebook, **options: Any) -> object:
    return notebook.dag.alerts(**options)


def _explain(notebook: Notebook, **options: Any) -> str:
    return repr(notebook.dag.explain(**options))


def _replay(notebook: Notebook, **options: Any) -> object:
    return notebook.dag.replay(**options)


def _export(notebook: Notebook, **options: Any) -> None:
    notebook.check_boundaries(notebook.dag)
    exported = notebook.dag.export(**options)
    if live.is_live(notebook.shell):
        show_bundle(export_bundle(exported))
    else:
        show_text(repr(exported))


def _run(notebook: Notebook, **options: Any) -> None:
    _live(notebook, "run", **options)


def _live(notebook: Notebook, verb: str, **options: Any) -> None:
    """Begin a run by a verb of Dag; `expect` may also name the error that refuses it."""
    error = None if options.get("expect") in ENDS else options.pop("expect", None)
    with expected(error, ENDS):
        notebook.check_boundaries(notebook.dag)
        live.run(notebook.shell, getattr(notebook.dag, verb), **options)
        refuse_success(error)


def _flags(verb: str, function: Callable[..., Any], **options: Any) -> Flags:
    return Flags(f"%dag {verb}", function, **options)


def _own(verb: str, function: Callable[..., Any], positional: str | Sequence[str] = ()) -> Verb:
    return Verb(_flags(verb, function, positional=positional, without=("notebook",)), function)


_EXPECT = Flag(
    "--expect",
    "expect",
    default="success",
    help="how the run must end: success, failed, or the name of the error that refuses it.",
)
_REFUSED = Flag("--expect", "expect", help="the error that refuses this Dag, shown on purpose.")

VERBS: dict[str, Verb] = {
    "new": Verb(
        _flags("new", Dag, positional="name", without=("tasks",), summary=_new, extra=[_REFUSED]),
        _new,
    ),
    "use": _own("use", _use, positional="name"),
    "show": Verb(_flags("show", Dag.show), _show),
    "run": Verb(_flags("run", Dag.run, extra=[_EXPECT]), _run),
    "resume": Verb(_flags("resume", Dag.resume, extra=[_EXPECT]), _resume),
    "rerun": Verb(_flags("rerun", Dag.rerun, positional="task", extra=[_EXPECT]), _rerun),
    "trial": Verb(_flags("trial", Dag.trial, summary=_trial), _trial),
    "upcoming": Verb(_flags("upcoming", Dag.upcoming), _upcoming),
    "simulate": Verb(_flags("simulate", Dag.simulate, without=("others",)), _simulate),
    "backfill": Verb(_flags("backfill", Dag.backfill), _backfill),
    "serve": Verb(_flags("serve", Dag.serve), _serve),
    "odds": Verb(_flags("odds", Dag.odds), _odds),
    "cancel": Verb(_flags("cancel", Dag.cancel), _cancel),
    "runs": Verb(_flags("runs", Dag.runs), _runs),
    "metrics": Verb(_flags("metrics", Dag.metrics), _metrics),
    "scaling": Verb(_flags("scaling", Dag.scaling, positional="task"), _scaling),
    "logs": Verb(_flags("logs", Dag.logs, positional="task"), _logs),
    "explain": Verb(_flags("explain", Dag.explain, positional="task"), _explain),
    "replay": Verb(_flags("replay", Dag.replay, positional="run_id"), _replay),
    "alert": Verb(_flags("alert", Dag.alert), _alert),
    "alerts": Verb(_flags("alerts", Dag.alerts), _alerts),
    "export": Verb(_flags("export", Dag.export, positional="engine"), _export),
    "remove": _own("remove", _remove, positional="task"),
    "reset": _own("reset", _reset),
    "diff": _own("diff", _diff, positional="path"),
}


def register(shell: InteractiveShell, notebook: Notebook) -> None:
    """Give `shell` the two magics."""
    from IPython.core.magic import no_var_expand

    def task(line: str, body: str) -> None:
        task_magic(notebook, line, body)

    def dag(line: str) -> None:
        dag_magic(notebook, line)

    task.__doc__, dag.__doc__ = declaring.FLAGS.help(), overview()
    shell.magics_manager.register_function(no_var_expand(task), "cell", "task")
    shell.magics_manager.register_function(no_var_expand(dag), "line", "dag")
