"""Which servers alerts may go to: this machine and the wide world, not what is in between."""

from __future__ import annotations

import socket

import pytest

from wfkit.engine.guard import Guard, Refused, refusal

ALLOWED = ["127.0.0.1", "127.1.2.3", "::1", "8.8.8.8", "93.184.216.34", "2606:4700::1111"]
ALLOWED += ["::ffff:127.0.0.1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
PRIVATE = ["10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.1.1", "fc00::1", "fd12:3456::1"]
PRIVATE += ["100.64.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"]
INNER = ["169.254.169.254", "169.254.0.1", "fe80::1", "fe80::1%eth0", "0.0.0.0", "::", "224.0.0.1"]
INNER += ["ff02::1", "255.255.255.255", "240.0.0.1", "fd00:ec2::254", "100.100.100.200"]
INNER += ["::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::"]


@pytest.mark.parametrize("host", ALLOWED)
def test_this_machine_and_the_world_are_allowed(host: str) -> None:
    assert refusal(host) == ""


@pytest.mark.parametrize("host", PRIVATE)
def test_private_networks_are_allowed_where_somebody_says_so(host: str) -> None:
    assert refusal(host) == f"{host} is in a private network; to allow that, write private=True"
    assert refusal(host, private=True) == ""


@pytest.mark.parametrize("host", INNER)
@pytest.mark.parametrize("private", [False, True])
def test_services_of_the_machine_and_its_network_are_never_allowed(
    host: str, private: bool
) -> None:
    assert "not one to send alerts to" in refusal(host, private)


@pytest.mark.parametrize("host", ["localhost", "example.com", "0x7f000001", "2130706433", ""])
def test_what_is_no_ip_address_is_refused(host: str) -> None:
    assert refusal(host) == f"{host} is no IP address"


def test_a_guard_looks_at_every_connection() -> None:
    guard = Guard(proxies=["10.0.0.9"])
    with socket.socket() as any_socket:
        for event, address in (
            ("socket.connect", ("127.0.0.1", 80)),
            ("socket.connect", ("10.0.0.9", 3128)),
            ("socket.bind", ("0.0.0.0", 80)),
            ("open", ("/etc/passwd", "r")),
        ):
            guard._hear(event, (any_socket, address))
        refused: list[tuple[str, object]] = [
            ("socket.connect", ("10.0.0.1", 80)),
            ("socket.sendto", ("169.254.169.254", 53)),
            ("socket.connect", "/var/run/docker.sock"),
        ]
        for event, where in refused:
            with pytest.raises(Refused):
                guard._hear(event, (any_socket, where))
            assert guard.refused
        guard.private = True
        guard._hear("socket.connect", (any_socket, ("10.0.0.1", 80)))
