# SPDX-License-Identifier: GPL-2.0-or-later
"""A host of the backends' own network uses the service by its outside address."""

from harness import clients
from harness.services import PORT, Led, backends, put_service
from lab.home import WAN4


def document(home):
    put_service(home, backends("one", "two"))


def scenario(house):
    led = Led(house)
    for _ in range(4):
        assert clients.tcp_peer(house.mail, WAN4, PORT).address in (WAN4, "203.0.113.5")
    assert led() == {"one/near": 2, "two/near": 2}
