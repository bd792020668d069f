# SPDX-License-Identifier: GPL-2.0-or-later
"""A forward that is removed and put back serves its UDP clients again, also while its server goes on sending."""

import select
import socket
import threading
import time

import documents
import pytest
from lab import eventually
from lab.home import OUTSIDE4, WAN4

PORT, TARGET, CLIENTS, FIRST = 31000, 9000, 100, 42000   # another port inside: its answers would keep none


class Streamer(threading.Thread):
    """Sends to whoever asked, again and again, as a game server or a media stream does."""

    def __init__(self, host):
        super().__init__(daemon=True)
        self.socket = host.socket(socket.AF_INET, socket.SOCK_DGRAM, timeout=0.002)
        self.socket.bind(("", TARGET))
        self.peers, self.rounds, self.over = set(), 0, False

    def run(self):
        while not self.over:
            for peer in list(self.peers):
                self.socket.sendto(b"news", peer)
            self.rounds += 1
            end = time.monotonic() + 0.02
            while time.monotonic() < end:
                try:
                    self.peers.add(self.socket.recvfrom(100)[1])
                except TimeoutError:
                    break

    def stop(self):
        self.over = True
        self.join()
        self.socket.close()


@pytest.fixture(scope="module")
def streamer(home):
    made = Streamer(home.inside)
    made.start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def askers(home, streamer):
    made = []
    for number in range(CLIENTS):
        one = home.outside.socket(socket.AF_INET, socket.SOCK_DGRAM, timeout=0.15)
        one.bind(("", FIRST + number))
        one.connect((WAN4, PORT))
        made.append(one)
    yield made
    for one in made:
        one.close()


def served(asker):
    """Whether news come now, after asking; what is left of earlier does not count."""
    try:
        while select.select([asker], [], [], 0)[0]:
            asker.recv(100)
        asker.send(b"more?")
        return asker.recv(100) == b"news"
    except (TimeoutError, ConnectionError):
        return False


def serves_all(askers):
    left = list(askers)

    def goes():
        left[:] = [one for one in left if not served(one)]
        return not left
    return goes


def test_udp_clients_of_a_forward_come_in_again(home, hook, streamer, askers):
    eventually("all are served", serves_all(askers))
    away = documents.without_forward(documents.home(hook), "shifted")
    for _ in range(3):
        home.gateway.apply(away)
        wanted = streamer.rounds + 3
        eventually("the server goes on sending to all", lambda wanted=wanted: streamer.rounds >= wanted)
        home.gateway.apply(documents.home(hook))
        eventually("all are served again", serves_all(askers))
    assert home.gateway.drops().get("flow-conflict", 0) == 0


def test_explain_sees_what_is_in_the_way(home, hook, streamer, askers):
    """A flow of the server's own that was answered keeps the peer's answers."""
    def told(port):
        return home.gateway.json("explain", "--in", "wan", "--protocol", "udp", "--source", f"{OUTSIDE4}:{port}",
                                 "--destination", f"{WAN4}:{PORT}")

    assert told(41000)["verdict"] == "forwarded"
    home.gateway.apply(documents.without_forward(documents.home(hook), "shifted"))
    with home.outside.socket(socket.AF_INET, socket.SOCK_DGRAM, timeout=5) as peer:
        peer.bind(("", 41000))
        streamer.peers.add((OUTSIDE4, 41000))
        news, outside = peer.recvfrom(100)
        peer.sendto(b"thanks", outside)
        peer.recv(100)
        home.gateway.apply(documents.home(hook))
        assert news == b"news"
        assert (told(41000)["verdict"], told(41000)["reason"]) == ("dropped", "flow-conflict")
    streamer.peers.discard((OUTSIDE4, 41000))
