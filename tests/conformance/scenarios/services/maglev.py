# SPDX-License-Identifier: GPL-2.0-or-later
"""By Maglev a port of a source has its backend, whatever others do; with `sticky` a source has one."""

from harness import clients
from harness.services import PORT, Led, backends, put_service
from lab.home import OTHER_OUTSIDE4, WAN4


def document(home):
    put_service(home, backends("one", "two"), balance="maglev")


def sticky(home):
    put_service(home, backends("one", "two"), sticky="source")


def ask(house, port, address=""):
    clients.udp_peer(house.outside, WAN4, PORT, source=(address, port))


def backend_of(house, port):
    led = Led(house)
    ask(house, port)
    return led()


def scenario(house):
    led = Led(house)
    ports = [house.port() for _ in range(24)]
    for port in ports:
        ask(house, port)
    assert set(led()) == {"one/near", "two/near"}
    first = clients.EchoedConnection(house.outside, WAN4, PORT, source=("", ports[0]))
    assert first.says("here")
    led = Led(house)
    assert clients.tcp_peer(house.outside, WAN4, PORT, source=(OTHER_OUTSIDE4, ports[0])).port == ports[0]
    assert sum(led().values()) == 1
    house.apply(sticky)
    led = Led(house)
    for _ in range(8):
        ask(house, house.port())
    assert len(led()) == 1
