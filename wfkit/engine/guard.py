"""Which servers may an alert be sent to? None that only this machine or its network can reach.

An address comes from a notebook, so it must not make the machine talk to what trusts it: the
metadata service of a cloud, a router, a database. This machine itself is allowed, and a private
network where somebody says so.
"""

from __future__ import annotations

import ipaddress
import socket
import sys
from collections.abc import Iterable
from typing import Any

_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_METADATA = frozenset(
    ipaddress.ip_address(it)
    for it in ("169.254.169.254", "fd00:ec2::254", "100.100.100.200", "192.0.0.192")
)
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
_INNER_NAMES = (".internal", ".local", ".localdomain", ".lan", ".home.arpa")
_SHARED = ipaddress.ip_network("100.64.0.0/10")


class Refused(OSError):
    """A server that no alert may be sent to."""


def refusal(host: str, private: bool = False) -> str:
    """Return why no alert may be sent to an IP address; nothing where it may.

    >>> refusal("127.0.0.1"), refusal("93.184.216.34")
    ('', '')
    >>> refusal("169.254.169.254")
    '169.254.169.254 is a service of this machine or its network, not one to send alerts to'
    >>> refusal("10.0.0.5"), refusal("10.0.0.5", private=True)
    ('10.0.0.5 is in a private network; to allow that, write private=True', '')
    """
    try:
        address = _meant(ipaddress.ip_address(host.partition("%")[0]))
    except ValueError:
        return f"{host} is no IP address"
    if address.is_loopback and address not in _METADATA:
        return ""
    if _is_inner(address):
        return f"{host} is a service of this machine or its network, not one to send alerts to"
    is_private = address.is_private or (address.version == 4 and address in _SHARED)
    if is_private and not private:
        return f"{host} is in a private network; to allow that, write private=True"
    return ""


def refusal_by_name(host: str, private: bool = False) -> str:
    """Return why no alert may be sent to a host that a proxy would look up; nothing where it may.

    What this machine cannot look up the proxy may know, unless it is a name of its network.

    >>> refusal_by_name("127.0.0.1")
    ''
    >>> refusal_by_name("metadata.invalid.internal")
    'metadata.invalid.internal is in a private network; to allow that, write private=True'
    """
    try:
        found = socket.getaddrinfo(host.partition("%")[0], None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        if private or ("." in host and not host.rstrip(".").endswith(_INNER_NAMES)):
            return ""
        return f"{host} is in a private network; to allow that, write private=True"
    told = (refusal(str(it[4][0]), private) for it in found)
    return next(filter(None, told), "")


def _is_inner(address: _Address) -> bool:
    return (
        address in _METADATA
        or address.is_link_local
        or address.is_multicast
        or address.is_unspecified
        or address.is_reserved
        or str(address) == "255.255.255.255"
    )


def _meant(address: _Address) -> _Address:
    """Return the IPv4 address that an IPv6 address may stand for."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped is not None:
        return address.ipv4_mapped
    if address.sixtofour is not None:
        return address.sixtofour
    if address in _TRANSLATED:
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


class Guard:
    """Refuses connections of this whole process, once it is in force: for a process that sends.

    `private` says whether private networks are allowed, `proxies` are IP addresses that are.
    """

    def __init__(self, proxies: Iterable[str] = ()) -> None:
        self.private = False
        self.refused = ""
        self._proxies = frozenset(proxies)

    def enforce(self) -> None:
        """Look at every connection from now on, for as long as the process lives."""
        sys.addaudithook(self._hear)

    def look_at(self, host: str) -> None:
        """Raise Refused for a host that a proxy is not to be asked for."""
        self.refused = refusal_by_name(host, self.private)
        if self.refused:
            raise Refused(self.refused)

    def _hear(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event not in ("socket.connect", "socket.sendto"):
            return
        told = self._told(arguments[1])
        if told:
            self.refused = told
            raise Refused(told)

    def _told(self, address: object) -> str:
        if not isinstance(address, tuple) or not isinstance(address[0], str):
            return "an alert goes to a server, not to a local socket"
        return "" if address[0] in self._proxies else refusal(address[0], self.private)
