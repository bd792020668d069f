# SPDX-License-Identifier: GPL-2.0-or-later
"""Sessions through gateways that are one to everybody else (pair_site.py), which are to outlive each of them."""

import contextlib
import select
import socket
import time

from lab import clients, eventually, servers
from lab.sites import WAYS
from pair_site import OUTSIDE4, OUTSIDE6, PORT, PUBLISHED, WAN4, started

UDP, MANY = 7000, 12
ASKED = 3   # of a datagram, at most


def answered(way, **more):
    """For a fixture: a site whose nodes are in step, carried in this way of lab.sites, with what sessions speak to outside."""
    engine, hook = WAYS[way]
    for made in started(hook, engine, **more):
        servers.udp_peer_server(made.outside, UDP)
        yield made


class Sessions:
    """TCP by masquerade, by the forward, and by IPv6; UDP by masquerade."""

    def __init__(self, site):
        self.tcp = [clients.EchoedConnection(host, address, port)
                    for host, address, port in ((site.client, OUTSIDE4, PORT), (site.outside, WAN4, PUBLISHED), (site.client, OUTSIDE6, PORT))
                    for _ in range(MANY)]
        self.udp = [site.client.socket(kind=socket.SOCK_DGRAM) for _ in range(MANY)]
        for one in self.udp:
            one.settimeout(2)
            one.connect((OUTSIDE4, UDP))
        self.seen_as = self.ask_udp()

    def ask_udp(self):
        """A datagram may be lost: all labs of a machine share a core's queue of received packets, and some of them flood it."""
        return [self._answer(one) for one in self.udp]

    @staticmethod
    def _answer(one):
        while select.select([one], [], [], 0)[0]:   # that came late, to an earlier question
            one.recv(100)
        for _ in range(ASKED):
            one.send(b"who am I?")
            with contextlib.suppress(TimeoutError):
                return one.recv(100)
        raise TimeoutError(f"asked {ASKED} times")

    def live(self, word):
        return all(one.says(f"{word} {number}") for number, one in enumerate(self.tcp)) and self.ask_udp() == self.seen_as

    def close(self):
        for one in self.tcp:
            one.reset()
        for one in self.udp:
            one.close()


def told(site):
    """The active node has told of all sessions that there are now."""
    begun = time.monotonic()

    def has_told():
        behind = [peer["behind_ms"] for peer in site.sync(site.active())["peers"]]   # None: whoever comes to hear has nothing yet
        return all(one is not None and one < (time.monotonic() - begun) * 1000 for one in behind)
    eventually("it told all", has_told)


def go_and_come_back(site, session):
    """To the other node, where much more than a window of TCP is said: what the first one knows of its numbers is old then."""
    active, standby = site.active(), site.standby()
    told(site)
    site.gateways[active].sluice("cluster", "yield")
    assert site.active() == standby
    assert all(session.says("x" * 50_000) for _ in range(200))
    site.settle()
    eventually("who was active has all", site.is_told)
    told(site)
    site.gateways[standby].sluice("cluster", "yield")
    assert site.active() == active
