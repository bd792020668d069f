# SPDX-License-Identifier: GPL-2.0-or-later
"""An underlay that fails as a whole is left by all services together, and they come back with it."""

from harness import clients
from harness.health import FAR, NEAR, QUICK, Backend, await_states
from harness.services import PORT, put_service
from lab.home import WAN4

OTHER_PORT = PORT + 1


def document(home):
    health = {"type": "tcp", **QUICK}
    put_service(home, [{"name": "one", "near": NEAR["one"], "far": FAR}], health=health, balance="prefer:far")
    home["services"]["other"] = {"listen": WAN4, "ports": OTHER_PORT, "health": health, "balance": "prefer:far",
                                 "backends": [{"name": "two", "near": NEAR["two"], "far": FAR}]}


def served_over(house):
    """The underlay that a new connection of each service goes over."""
    def flows():
        return {(row["service"], row["underlay"]): row["flows"] for row in house.show("services")}
    before = flows()
    for port in (PORT, OTHER_PORT):
        assert clients.tcp_peer(house.outside, WAN4, port)
    return sorted(name for name, count in flows().items() if count > before[name])


def scenario(house):
    Backend(house, "one"), Backend(house, "two"), Backend(house, "far")
    await_states(house, one__near="up", one__far="up", two__near="up", two__far="up")
    assert served_over(house) == [("other", "far"), ("pool", "far")]
    house.dmz.ip("link set eth0 down")
    try:
        await_states(house, one__far="down", two__far="down", one__near="up", two__near="up")
        assert served_over(house) == [("other", "near"), ("pool", "near")]
    finally:
        house.dmz.ip("link set eth0 up")
        house.dmz.ip("route replace default via 172.20.1.1")   # which goes with the link
    await_states(house, one__far="up", two__far="up")
    assert served_over(house) == [("other", "far"), ("pool", "far")]
