# SPDX-License-Identifier: GPL-2.0-or-later
"""What was counted for a backend stays while the document names it: when it has drained, and when its underlay carries no more."""

from harness import clients, eventually
from harness.services import FAR, NEAR, PORT, put_service
from lab.home import WAN4

BOTH = [{"name": "one", "near": NEAR["one"], "far": FAR}, {"name": "two", "near": NEAR["two"]}]


def by(mode):
    def document(home):
        put_service(home, BOTH, grace="1s")
        home["network_mode"] = mode
    return document


document = by("near-only")


def rows(house):
    return {f"{row['backend']}/{row['underlay']}": row for row in house.show("services")}


def counts(house, name):
    return tuple(rows(house)[name][key] for key in ("flows", "packets", "bytes"))


def is_over(house, name):
    eventually(f"{name} has no more time", lambda: rows(house)[name]["state"] == "down")


def scenario(house):
    for _ in range(4):
        clients.tcp_peer(house.outside, WAN4, PORT)
    before = counts(house, "one/near")
    assert before[0] == 2 and before[1] > 0
    house.gateway.sluice("service", "drain", "pool", "one", "--for", "1s")
    is_over(house, "one/near")
    assert counts(house, "one/near") >= before
    house.gateway.sluice("service", "undrain", "pool", "one")
    for _ in range(2):
        clients.tcp_peer(house.outside, WAN4, PORT)
    assert counts(house, "one/near")[0] == 3
    before = counts(house, "one/near")
    house.apply(by("far-only"))
    is_over(house, "one/near")
    assert counts(house, "one/near") >= before
    house.apply(by("near-only"))
    clients.tcp_peer(house.outside, WAN4, PORT)
    assert counts(house, "one/near") >= before
