# SPDX-License-Identifier: GPL-2.0-or-later
"""Flows that begin at once, on whichever CPU, are spread as evenly as whole numbers can be, in any window of them."""

from concurrent.futures import ThreadPoolExecutor

from harness import clients
from harness.services import FAR, PORT, Led, backends, put_service
from lab.home import OUTSIDE4, WAN4


def document(home):
    put_service(home, [*backends("one", "two"), {"name": "three", "far": FAR}])


def connect(house, port):
    return clients.tcp_peer(house.outside, WAN4, PORT, source=("", port)).address


def scenario(house):
    for connections in (31, 8):
        led = Led(house)
        ports = [house.port() for _ in range(connections)]   # Linux gives a port again at once where many connect at once
        with ThreadPoolExecutor(8) as pool:
            assert set(pool.map(connect, [house] * connections, ports)) == {OUTSIDE4}
        counts = led()
        assert set(counts) == {"one/near", "two/near", "three/far"} and sum(counts.values()) == connections
        assert max(counts.values()) - min(counts.values()) <= 1, counts
