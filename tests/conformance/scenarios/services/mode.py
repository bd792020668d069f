# SPDX-License-Identifier: GPL-2.0-or-later
"""One word moves new flows to another underlay at once; those that are there have the grace, and then end
with a reset."""

from harness import clients, eventually
from harness.services import FAR, NEAR, PORT, Led, is_reset, put_service
from lab.home import WAN4

BOTH = [{"name": "one", "near": NEAR["one"], "far": FAR}]


def by(mode, grace="3s"):
    def document(home):
        put_service(home, BOTH, grace=grace)
        home["network_mode"] = mode
    return document


document = by("far-only")


def states(house):
    return {row["underlay"]: row["state"] for row in house.show("services")}


def scenario(house):
    led = Led(house)
    old = clients.EchoedConnection(house.outside, WAN4, PORT, source=("", house.port()))
    assert old.says("over the far one") and led() == {"one/far": 1}
    house.apply(by("near-only"))
    assert old.says("in the grace")
    led = Led(house)
    new = clients.EchoedConnection(house.outside, WAN4, PORT)
    assert new.says("over the near one") and led() == {"one/near": 1}
    assert states(house) == {"near": "unknown", "far": "draining"}
    eventually("the far one carries no more", lambda: states(house)["far"] == "down")
    assert is_reset(old)
    assert new.says("still here")
    house.apply(by("both"))
    assert new.says("and here")
