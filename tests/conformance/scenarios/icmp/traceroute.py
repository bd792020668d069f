# SPDX-License-Identifier: GPL-2.0-or-later
"""Traceroute shows the gateway and every router behind it."""

import pytest
from lab.home import FAR4, FAR6, LAN4, LAN6, OUTSIDE4, OUTSIDE6


@pytest.mark.parametrize("hops, options", [
    ((LAN4, OUTSIDE4, FAR4), ["-4"]), ((LAN4, OUTSIDE4, FAR4), ["-4", "-I"]),
    ((LAN4, OUTSIDE4, FAR4), ["-4", "-T", "-p", "80"]),
    ((LAN6, OUTSIDE6, FAR6), ["-6"]), ((LAN6, OUTSIDE6, FAR6), ["-6", "-I"]),
], ids=["udp", "icmp", "tcp", "udp6", "icmp6"])
def scenario(house, hops, options):
    done = house.inside.run("traceroute", *options, "-n", "-q", 1, "-w", 2, "-m", 5, hops[-1])
    assert tuple(line.split()[1] for line in done.stdout.splitlines()[1:]) == hops
