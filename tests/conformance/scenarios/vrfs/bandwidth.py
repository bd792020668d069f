# SPDX-License-Identifier: GPL-2.0-or-later
"""What a tenant sends waits in its own class, what others send in theirs; what comes back to the tenant in one of its own."""

from harness import clients, tenants
from lab import eventually
from lab.home import OUTSIDE4, OUTSIDE6

PINGS = 3


def document(home):
    tenants(home)
    home["interfaces"]["wan"]["rate"] = "100mbit"
    home["vrfs"]["red-net"]["bandwidth"] = {"guaranteed": "10mbit", "maximum": "20mbit"}


def sent(house):
    return {(row["name"], row["interface"]): row["sent_packets"] for row in house.show("tenants")}


def scenario(house):
    for host in (house.red, house.blue, house.inside):   # they know their neighbours
        clients.ping(host, OUTSIDE4)
    before = sent(house)
    assert set(before) == {("red-net", "wan"), ("others", "wan"), ("red-net", "red")}
    for server in (OUTSIDE4, OUTSIDE6):
        for _ in range(PINGS):
            clients.ping(house.red, server)
    clients.udp_peer(house.blue, OUTSIDE4, 7000, ("", house.port()))
    clients.udp_peer(house.inside, OUTSIDE4, 7000, ("", house.port()))
    now = sent(house)
    assert now["red-net", "wan"] == before["red-net", "wan"] + 2 * PINGS
    assert now["red-net", "red"] >= before["red-net", "red"] + 2 * PINGS
    assert now["others", "wan"] >= before["others", "wan"] + 2
    house.apply(lambda home: tenants(home))
    eventually("the queues are gone", lambda: not house.show("tenants"))
    clients.ping(house.red, OUTSIDE4)
