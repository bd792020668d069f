# SPDX-License-Identifier: GPL-2.0-or-later
"""Clients of two networks use one forward at once, some with the same port."""

from concurrent.futures import ThreadPoolExecutor

from harness import clients
from lab.home import FAR4, OUTSIDE4, WAN4


def ask(job):
    host, port = job
    return clients.tcp_peer(host, WAN4, 80, source=("", port))


def scenario(house):
    gained, ports = house.gained(), [house.port() for _ in range(20)]
    jobs = [(host, port) for port in ports for host in (house.outside, house.far)]
    with ThreadPoolExecutor(8) as pool:
        peers = list(pool.map(ask, jobs))
    assert set(peers) == {(address, port) for address in (OUTSIDE4, FAR4) for port in ports}
    assert gained.forward("web")["flows"] == 40
