# SPDX-License-Identifier: GPL-2.0-or-later
"""A scan of a network behind the gateway: the kernel's table of neighbours stays small, and others reach hosts that are new."""

import contextlib
import ipaddress
import json
import socket
import threading
import time

import documents
import pytest
from lab import clients, eventually
from lab.home import LAN6, SECOND4, SECOND6, WAN4
from scapy.layers.inet import ICMP, IP
from scapy.layers.inet6 import ICMPv6EchoRequest, ICMPv6ND_NS, ICMPv6NDOptSrcLLAddr, IPv6
from scapy.layers.l2 import ARP

LARGE = "10.60.0.0/16"   # more hosts than the table has room for, as an IPv6 network always has
SCANNED = {4: LARGE, 6: "2001:db8:10::/64"}
NEW = {4: SECOND4, 6: SECOND6}
FAMILIES = {4: socket.AF_INET, 6: socket.AF_INET6}
SHARE, ROUNDS, PAUSE = 16, 20, 0.1   # bpf/output/neighbour.h
NEW_SENDERS = 32   # bpf/output/sender.h
LEAST = 4000   # next hops that were scanned: four times of what the kernel has room for


@pytest.fixture(scope="module")
def document(hook):
    """What is inside is routed and open: nothing but the neighbours is in the way."""
    made = documents.home(hook) | {"policies": [
        documents.policy("in", "internet", "lan"), documents.policy("out", "lan", "internet"), documents.policy("ask", "lan", "host")]}
    made["interfaces"]["lan"]["addresses"].append("10.60.0.1/16")
    del made["nat"]
    return made


@pytest.fixture(scope="module", autouse=True)
def large_network(home):
    home.outside.routes(f"{LARGE} via {WAN4}")


@contextlib.contextmanager
def scan(host, family):
    """UDP to one address after the other, until the block ends; answers how many it was."""
    network, ended, sent = ipaddress.ip_network(SCANNED[family]), threading.Event(), []
    sender = host.socket(FAMILIES[family], socket.SOCK_DGRAM)

    def run():
        for number in range(1000, 65000):
            if ended.is_set():
                return
            with contextlib.suppress(OSError):
                sender.sendto(b"anybody there?", (str(network[number]), 7000))
            sent.append(number)
            if number % 8 == 0:
                time.sleep(0.001)

    thread = threading.Thread(target=run)
    thread.start()
    try:
        yield sent
    finally:
        ended.set()
        thread.join()
        sender.close()


def neighbours(home, family):
    return json.loads(home.gateway.ip(f"-json -{family} neigh show dev lan nud all").stdout)


def count(home, family):
    return sum("dst" in row and "PERMANENT" not in row["state"] and "NOARP" not in row["state"]
               for row in neighbours(home, family))


def forget(home, family):
    """The host is new. The kernel may have forgotten it meanwhile: then there is nothing to flush."""
    home.gateway.run("ip", f"-{family}", "neigh", "flush", "to", NEW[family], "dev", "lan", expect={0, 1})


@pytest.mark.parametrize("family", [4, 6])
def test_a_scan_leaves_room_for_neighbours_and_others_find_new_ones(home, family):
    home.gateway.ip(f"-{family} neigh flush dev lan nud all")
    before, began, most = home.gateway.drops().get("unresolved", 0), time.monotonic(), 0
    with scan(home.outside, family) as sent:
        eventually("the scan is beyond its share", lambda: home.gateway.drops().get("unresolved", 0) > before)
        for _ in range(ROUNDS):
            forget(home, family)
            clients.ping(home.far, NEW[family])
            most = max(most, count(home, family))
            time.sleep(PAUSE)   # the rounds are spread over seconds, each of which has a budget
        eventually("it was large", lambda: len(sent) >= LEAST)
        most = max(most, count(home, family))
    seconds = time.monotonic() - began
    home.lab.log.say(f"{len(sent)} scanned in {seconds:.1f} s; {most} neighbours; drops {home.gateway.drops()}")
    assert SHARE <= most <= SHARE * (seconds + 2) + 10, "those of one share in each second, and the hosts that are there"


GATEWAY_THERE, INVENTED = "10.60.0.1", 3000


def who_asks(family, number):
    return f"10.60.{8 + number // 250}.{1 + number % 250}" if family == 4 else f"2001:db8:10::{number + 0x1000:x}"


def asks_for_the_address(family, number):
    """ARP, or a neighbour solicitation."""
    who, mac = who_asks(family, number), f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"
    if family == 4:
        return ARP(op="who-has", hwsrc=mac, psrc=who, pdst=GATEWAY_THERE)
    return IPv6(src=who, dst=LAN6, hlim=255) / ICMPv6ND_NS(tgt=LAN6) / ICMPv6NDOptSrcLLAddr(lladdr=mac)


def asks_a_service(family, number):
    who = who_asks(family, number)
    return IP(src=who, dst=GATEWAY_THERE) / ICMP() if family == 4 else IPv6(src=who, dst=LAN6) / ICMPv6EchoRequest()


def link_local(_, number):
    """No route says where such a sender is."""
    who, mac = f"fe80::{number + 0x1000:x}", f"02:00:00:00:{number >> 8:02x}:{number & 255:02x}"
    return IPv6(src=who, dst=LAN6, hlim=255) / ICMPv6ND_NS(tgt=LAN6) / ICMPv6NDOptSrcLLAddr(lladdr=mac)


@pytest.mark.parametrize("asks, family", [(asks_for_the_address, 4), (asks_for_the_address, 6), (asks_a_service, 4), (asks_a_service, 6),
                                          (link_local, 6)])
def test_nobody_fills_the_table_by_asking_the_gateway_itself(home, asks, family):
    frames = [asks(family, number) for number in range(INVENTED)]
    home.gateway.ip(f"-{family} neigh flush dev lan nud all")
    there = GATEWAY_THERE if family == 4 else LAN6
    eventually("it is known, whatever asked before", lambda: clients.ping(home.second, there, expect=None, wait=1).returncode == 0)
    before, began, most = home.gateway.drops().get("unresolved", 0), time.monotonic(), 0
    injector = home.inside.injector("eth0", home.gateway.mac("lan"))
    for number in range(0, INVENTED, 500):
        injector.send(*frames[number:number + 500])
        clients.ping(home.second, there)
        most = max(most, count(home, family))
    seconds = time.monotonic() - began
    home.lab.log.say(f"{INVENTED} asked in {seconds:.1f} s; {most} neighbours; drops {home.gateway.drops()}")
    assert home.gateway.drops()["unresolved"] > before, "the budget was used up"
    # The three hosts of the LAN may have had places of it, and been forgotten again.
    assert NEW_SENDERS - 3 <= most <= (NEW_SENDERS + SHARE) * (seconds + 2) + 10
