# SPDX-License-Identifier: GPL-2.0-or-later
"""A backend has turns by its weight, which its addresses share."""

from harness import clients
from harness.services import FAR, PORT, Led, backends, put_service
from lab.home import WAN4


def document(home):
    put_service(home, backends("one", "two", one={"weight": 3, "far": FAR}))


def scenario(house):
    led = Led(house)
    for _ in range(16):
        clients.udp_peer(house.outside, WAN4, PORT, source=("", house.port()))   # Linux may choose that of a flow that is there
    assert led() == {"one/near": 6, "one/far": 6, "two/near": 4}
