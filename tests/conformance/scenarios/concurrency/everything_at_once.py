# SPDX-License-Identifier: GPL-2.0-or-later
"""Masquerade, forward, hairpin, static mapping and IPv6 work side by side."""

from concurrent.futures import ThreadPoolExecutor

from harness import clients
from lab.home import INSIDE6, MAIL_OUTSIDE4, OUTSIDE4, OUTSIDE6, WAN4, WAN6

JOBS = [   # who asks, where, and whom the server sees
    ("inside", OUTSIDE4, 7000, WAN4), ("outside", WAN4, 80, OUTSIDE4), ("second", WAN4, 80, WAN4),
    ("mail", OUTSIDE4, 7000, MAIL_OUTSIDE4), ("outside", MAIL_OUTSIDE4, 25, OUTSIDE4),
    ("inside", OUTSIDE6, 7000, INSIDE6), ("outside", WAN6, 80, OUTSIDE6),
]


def scenario(house):
    def ask(job):
        name, address, port, _ = job
        return clients.tcp_peer(house.hosts[name], address, port).address

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(ask, JOBS * 5)) == [job[3] for job in JOBS * 5]
