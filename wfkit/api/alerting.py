"""Who is told when something happens, and what were they told? The verbs of alerts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from wfkit.api.alert_rules import Rule, kinds
from wfkit.api.declaring import DeclaredDag
from wfkit.api.watching import flush, rules_of
from wfkit.core import options as check
from wfkit.core.addresses import Address, Receivers, name_of, names_of, targets
from wfkit.core.alerts import Alert, AlertKind, Delivery, deliveries, newest
from wfkit.core.errors import WfkitError
from wfkit.core.listed import Listed
from wfkit.engine.alerts import called
from wfkit.engine.clock import SystemClock
from wfkit.engine.postman import Postman, check_installed
from wfkit.engine.stores import StoreChoice, store_for
from wfkit.engine.usable import check_usable

if TYPE_CHECKING:
    from pandas import DataFrame

    from wfkit.views.picture import Picture


_MOMENT = 2.0
"""Seconds that alerts on their way are waited for."""


class NotSent(WfkitError):
    """A message that was to try out an address did not arrive."""


class Alerting(DeclaredDag):
    """The verbs of a Dag that tell people what happened, and show what they were told."""

    def alert(
        self,
        to: Receivers = None,
        *,
        on: str | Sequence[str] = "failure",
        private: bool = False,
        test: bool = False,
    ) -> AlertRules:
        """Tell somebody when something happens in a run; without `to`, show who is told of what.

        The first alert of a kind is sent at once, the rest of that minute as one digest. On a
        virtual clock alerts are written down and not sent. No alert delays or harms a run.

        Args:
            to (ADDRESS): an address as apprise spells it, such as mailto://user:password@host or
                slack://a/b/c (apprise knows a hundred services), or a function that takes the
                Alert. Its rule takes the place of an earlier one.
            on (KIND): what to tell: failure, retry, deadline, recovered (the first success after
                a failure), success; several with commas, none to tell nothing any more.
            private: let the server be in a private network.
            test: send a message now, and raise NotSent if it does not arrive.

        Raises InvalidOption for an address that apprise cannot use, NoAlerts where it is not
        installed.

        >>> from wfkit import Dag
        >>> def load(): ...
        >>> dag = Dag("sales", [load])
        >>> dag.alert("mailto://shop:hunter2@example.com?to=me@example.com", on="failure,retry")
        Alerts of sales:
          failure, retry → mailto://example.com (me@example.com)
        """
        receivers = targets("to", to)
        wanted = () if on == "none" else kinds(on)
        addresses = [it for it in receivers if isinstance(it, Address)]
        if addresses:
            check_installed()
        if wanted:
            for address in addresses:
                check_usable(address)
        if test:
            for it in receivers:
                _try_out(self.name, it, private)
        kept = [it for it in self.alert_rules if it.to not in receivers]
        new = [Rule(to=it, on=wanted, private=private) for it in receivers if wanted]
        self.alert_rules = (*kept, *new)
        return AlertRules(self.name, rules_of(self))

    def alerts(
        self, n: int = 20, *, run_id: str | None = None, store: StoreChoice = "default"
    ) -> Alerts:
        """Return the newest `n` alerts of this Dag, oldest first, and what became of each.

        Those that this process is just sending get a moment to arrive.

        Args:
            n: how many.
            run_id (RUN): only those of this run.
            store (FILE): where the history is kept, if not in .wfkit.
        """
        check.count("n", n, 1, 1_000_000)
        flush(_MOMENT, held=False)
        found = store_for(store)
        if store == "default" and self.ran is not None and run_id in (None, self.ran.run_id):
            found = self.ran.store
        facts = found.alerts(self.name, run_id)
        return Alerts(self.name, newest(deliveries(facts), n))


def _try_out(dag: str, to: Any, private: bool) -> None:
    subject, body = f"{dag}: a test", f"Alerts of {dag} will arrive here.\n"
    kind = AlertKind.SUCCESS.value
    if isinstance(to, Address):
        postman = Postman()
        try:
            told = postman.send(to, subject, body, kind, private)
        finally:
            postman.rest()
    else:
        told = called(to, Alert(kind, dag, "", None, -1, SystemClock().now(), subject, body))
    if told:
        raise NotSent(f"a message to {name_of(to)} did not arrive: {told}.")


class AlertRules(Listed[Rule]):
    """Who is told of what; shown as a list."""

    def __init__(self, dag: str, rules: Iterable[Rule]) -> None:
        self._dag = dag
        self._rules = list(rules)

    @property
    def _items(self) -> Sequence[Rule]:
        return self._rules

    def __repr__(self) -> str:
        if not self._rules:
            return f'{self._dag} tells nobody yet. Whom? dag.alert("mailto://…", on="failure")'
        names = names_of(it.to for it in self._rules)
        told = (f"  {it.told(names[it.to])}" for it in self._rules)
        return "\n".join([f"Alerts of {self._dag}:", *told])


class Alerts(Listed[Delivery]):
    """What was told to whom, oldest first; shown as an inbox."""

    def __init__(self, dag: str, found: Iterable[Delivery]) -> None:
        self._dag = dag
        self._found = list(found)

    @property
    def _items(self) -> Sequence[Delivery]:
        return self._found

    @property
    def table(self) -> DataFrame:
        """A table: at, run_id, task, map_index, on, to, state, note, subject."""
        from wfkit.api.frames import alert_frame

        return alert_frame(self._found)

    def picture(self) -> Picture:
        """Return the inbox as a drawing with its text twin."""
        from wfkit.views.inbox import inbox_picture

        return inbox_picture(self._dag, self._found)

    def data(self) -> dict[str, Any]:
        """Return the inbox, and what each alert says, as plain data for a page."""
        from wfkit.views.inbox import inbox_data

        return inbox_data(self._dag, self._found)

    def __repr__(self) -> str:
        from wfkit.views.inbox import inbox_text

        return inbox_text(self._dag, self._found)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> Mapping[str, Any]:
        return self.picture()._repr_mimebundle_(include, exclude)
