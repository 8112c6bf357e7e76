"""For tests of your own, and for lessons: servers on this machine that alerts really arrive at."""

from wfkit.testing.local_mail import LocalMail, Mail
from wfkit.testing.local_slack import LocalSlack, SlackMessage

local_mail = LocalMail
local_slack = LocalSlack

__all__ = ["LocalMail", "LocalSlack", "Mail", "SlackMessage", "local_mail", "local_slack"]
