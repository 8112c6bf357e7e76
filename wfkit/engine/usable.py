"""Can apprise send to an address? Asked when it is typed, long before there is anything to send."""

from __future__ import annotations

import logging
import warnings

from wfkit.core.addresses import Address
from wfkit.core.errors import InvalidOption
from wfkit.engine.apprise_log import AppriseLog
from wfkit.engine.apprise_service import service_at

_SENDER = "Name who sends it: add &from=shop@example.com, or its user and password before the @."
_SPELLING = "How each service is spelled: https://github.com/caronc/apprise/wiki"


def check_usable(to: Address) -> None:
    """Raise InvalidOption for an address that apprise, which must be installed, cannot send to.

    Nothing is sent, and nobody is connected to.

    >>> try:
    ...     check_usable(Address("tgram://123/456"))
    ... except InvalidOption as wrong:
    ...     print(wrong)
    tgram://*** cannot be used: Unparseable Telegram URL ***.
    How each service is spelled: https://github.com/caronc/apprise/wiki
    """
    with AppriseLog() as log, warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of a hundred plugins some are old
        found = service_at(to.url.get_secret_value())
    if found is None:
        told = to.masked(_first(log)).strip(" :.")
        advice = _SENDER if "~From~" in told else _SPELLING
        raise InvalidOption(f"{to!r} cannot be used: {told}.\n{advice}")


def _first(log: AppriseLog) -> str:
    """Return the cause: what is told last is only that the address cannot be used."""
    told = [text for level, text in log.records if level >= logging.WARNING]
    return told[0] if told else "it knows no service of this kind"
