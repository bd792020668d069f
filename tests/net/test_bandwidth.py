# SPDX-License-Identifier: GPL-2.0-or-later
"""Tenants that send more than the line takes: each gets what it is guaranteed and no more than it may have.

On tc and nftables: what XDP receives for a device with queues is sent by tc.
"""

import json
import time

import pytest
from lab import Lab, clients, eventually, services
from lab.home import OUTSIDE4
from lab.tenants import TENANT4, WAN4, TenantsLab, vrf_of

RATE, RED, BLUE, BLUE_MOST = 40, 12, 8, 12   # Mbit/s; of what is left two parts in five would be more than blue may have
# Of the rate: TCP's share of a frame with timestamps is 1448 in 1514, which is 0.956; 5 % are allowed for around it.
SHARE, ALLOWED = 1448 / 1514, 0.05
TRIES = 3   # a machine that is busy carries less than it may, and iperf3's ends do not begin their seconds together


@pytest.fixture(scope="module")
def house(engine):
    with Lab("tc") as lab:
        made = TenantsLab(lab, ["red", "blue"])
        made.gateway.start_daemon()
        made.gateway.apply(document(made, engine))
        for port in (5201, 5202, 5203):
            services.iperf_server(made.outside, port)
        yield made


def document(house, engine):
    made = house.document("nftables" if engine == "nftables" else "tc")
    made["interfaces"]["wan"]["rate"] = f"{RATE}mbit"
    made["vrfs"][vrf_of("red")]["bandwidth"] = {"guaranteed": f"{RED}mbit"}
    made["vrfs"][vrf_of("blue")]["bandwidth"] = {"guaranteed": f"{BLUE}mbit", "maximum": f"{BLUE_MOST}mbit"}
    made["nat"]["forwards"].append({"name": "iperf", "listen": WAN4, "ports": 5301, "to": TENANT4, "vrf": vrf_of("blue")})
    return made


def upload(host, port, seconds=5):
    """In the background; what arrives per second is asked of the receiver."""
    return host.start("iperf3", "-c", OUTSIDE4, "-p", port, "-t", seconds, "-O", 1, "-P", 2, "-J")


def megabits(running):
    assert running.wait(timeout=60) == 0, running.output()
    return json.loads(running.output())["end"]["sum_received"]["bits_per_second"] / 1e6


def tenants(house):
    return {(row["name"], row["interface"]): row for row in house.gateway.json("show", "tenants")["tenants"]}


def assert_about(wanted, measure):
    """wanted and what measure() gives: Mbit/s each, of as many senders as there are."""
    for _ in range(TRIES):
        shares = [got / (least * SHARE) for least, got in zip(wanted, measure(), strict=True)]
        if 1 - ALLOWED <= min(shares) and max(shares) <= 1 + ALLOWED:
            return
    pytest.fail(f"{TRIES} times not as much as each may have, at last {shares} of {wanted} Mbit/s")


def both(house):
    running = [upload(house.tenants["red"], 5201), upload(house.tenants["blue"], 5202)]
    red, blue = map(megabits, running)
    house.lab.log.say(f"red {red:.2f}, blue {blue:.2f} Mbit/s; {tenants(house)}")
    return red, blue


def test_each_gets_its_guarantee_while_both_ask_for_more(house):
    """Of the rate red may have what blue leaves: blue has reached its maximum, others send nothing."""
    assert_about((RATE - BLUE_MOST, BLUE_MOST), lambda: both(house))


def test_one_alone_gets_its_maximum(house):
    assert_about((BLUE_MOST,), lambda: (megabits(upload(house.tenants["blue"], 5202)),))


def test_guarantees_hold_where_there_is_no_more(house, engine):
    """95 % of the rate are, which is as much as may be."""
    smaller = document(house, engine)
    smaller["interfaces"]["wan"]["rate"] = "21100kbit"
    house.gateway.apply(smaller)
    for _ in range(TRIES):
        others = house.gateway.start("iperf3", "-c", OUTSIDE4, "-p", 5203, "-t", 8, "-u", "-b", "40M")
        red, blue = both(house)
        others.terminate()
        if red >= RED * SHARE * (1 - ALLOWED) and blue >= BLUE * SHARE * (1 - ALLOWED):
            break
    else:
        pytest.fail(f"{TRIES} times less than was guaranteed, at last {red} and {blue} Mbit/s")
    house.gateway.apply(document(house, engine))


def downloaded(house):
    """Mbit/s; nothing where iperf3 itself had trouble, which is said."""
    try:
        return services.iperf(house.outside, WAN4, 3, 5301, omit=1) * 1e3
    except AssertionError as trouble:
        house.lab.log.say(f"iperf3: {trouble}")
        return 0


def test_a_tenant_receives_no_more_than_its_maximum(house):
    services.iperf_server(house.tenants["blue"], 5301)
    assert_about((BLUE_MOST,), lambda: (downloaded(house),))


def sent(house):
    return {key: row["sent_packets"] for key, row in tenants(house).items()}


def is_quiet(house):
    before = sent(house)
    time.sleep(1)   # longer than TCP waits before it sends the last packets of a connection once more
    return sent(house) == before


def test_it_is_counted_whose_it_was(house):
    eventually("what was measured before has ended", lambda: is_quiet(house))
    before = sent(house)
    clients.ping(house.tenants["red"], OUTSIDE4)
    gained = {key: packets - before[key] for key, packets in sent(house).items()}
    assert gained[("red-net", "wan")] == 1 and gained[("blue-net", "wan")] == 0


def test_explain_says_which_queue(house):
    told = house.gateway.json("explain", "--in", "blue", "--protocol", "tcp", "--source", f"{TENANT4}:4000",
                              "--destination", f"{OUTSIDE4}:80")
    queue, = [row["finding"] for row in told["stages"] if row["stage"] == "queue"]
    assert queue == f"waits with VRF blue-net: {BLUE}mbit guaranteed, at most {BLUE_MOST}mbit"


def queue_disciplines(house):
    return json.loads(house.gateway.run("tc", "-j", "qdisc", "show", "dev", "wan").stdout)


def test_queues_that_somebody_took_away_are_put_back(house):
    house.gateway.run("tc", "qdisc", "del", "dev", "wan", "root")
    eventually("the queues are there again", lambda: "5c1d:" in str(queue_disciplines(house)))


def test_nobody_elses_are_replaced(house, engine):
    plain = document(house, engine)
    del plain["interfaces"]["wan"]["rate"]
    for vrf in plain["vrfs"].values():
        del vrf["bandwidth"]
    house.gateway.apply(plain)
    assert "5c1d:" not in str(queue_disciplines(house))
    house.gateway.run("tc", "qdisc", "add", "dev", "wan", "root", "handle", "7:", "pfifo")
    refused = house.gateway.apply(document(house, engine), expect=1)
    assert "somebody else put pfifo 7: on it" in refused.stderr
    assert "pfifo" in str(queue_disciplines(house))
    house.gateway.run("tc", "qdisc", "del", "dev", "wan", "root")
    house.gateway.apply(document(house, engine))


def test_cleanup_leaves_none(house):
    house.gateway.sluice("cleanup")
    for device in ("wan", "blue"):
        assert "htb" not in house.gateway.run("tc", "qdisc", "show", "dev", device).stdout
