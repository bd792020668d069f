# SPDX-License-Identifier: GPL-2.0-or-later
"""What a router, a STUN server and strangers can do to a box that asks them: nothing but refuse."""

import itertools
import os
import socket
import struct

import pytest
from lab import eventually
from lab.behind_nat import BOX4, BOX6, NEIGHBOUR4, PORT, ROUTER4, ROUTER6, STUN4, BehindNat, box_document, make_nat
from lab.fake_router import FakeRouter, HttpServer, description, pcp_answer
from lab.phones import own_runtime_directory


HERE4 = "127.0.0.1"


@pytest.fixture(scope="module")
def hook():
    return "tc"


@pytest.fixture(scope="module")
def behind(lab):
    own_runtime_directory()
    made = BehindNat(lab)
    make_nat(made.router)
    made.fake = FakeRouter(made.router, ROUTER4, "lan")
    made.box.start_daemon()
    lab.defer(made.box.sluice, "cleanup", expect=None)
    made.leases = itertools.count(600)
    return made


def ask_anew(behind, *ways, **more):
    """The router hears from the box as if for the first time: another lease is another wish."""
    behind.fake.heard.clear()
    behind.box.apply(box_document(port_mapping=list(ways), lease=f"{next(behind.leases)}s", **more))
    return behind


def router_row(behind):
    return behind.status()["upnp"]


def is_refused(behind):
    return router_row(behind)["status"] == "refused"


def pcp_requests(behind):
    return [request for request, _ in behind.fake.heard if request[:2] == b"\2\1"]


def wrong_answers(request):
    good = pcp_answer(request)
    return [b"", b"\2", b"\2\x81", good[:59], good + b"\0", good + b"\0" * 1100, os.urandom(60), b"\2\x81" + os.urandom(58),
            *(b"\2\x81\0" + bytes([code]) + os.urandom(56) for code in (0, 1, 2, 8)),
            pcp_answer(request, nonce=b"another nonc"), pcp_answer(request, nonce=bytes(12)), request, b"\3" + good[1:],
            good[:36] + b"\6" + good[37:], good[:40] + struct.pack("!H", PORT + 1) + good[42:],
            b"\0\x81\0\0" + struct.pack("!IHHI", 9, PORT, 40000, 600), b"\0\x80\0\0" + struct.pack("!I", 9)]


def test_no_answer_that_is_wrong_is_taken(behind):
    behind.fake.answers = lambda request: wrong_answers(request) if len(request) == 60 else []
    ask_anew(behind, "pcp")
    eventually("it has asked in vain", lambda: is_refused(behind), within=30)
    assert router_row(behind)["reason"] == "pcp: the router does not answer"
    assert len(pcp_requests(behind)) == 5
    behind.fake.answers = lambda request: [*wrong_answers(request), pcp_answer(request)]
    ask_anew(behind, "pcp")
    eventually("the right one among them is", lambda: router_row(behind)["status"] == "mapped")
    assert router_row(behind)["external_port"] == PORT


@pytest.mark.parametrize("answer, reason", [({"life": 0}, "granted"), ({"port": 0}, "granted"), ({"code": 8}, "room"), ({"code": 200}, "room"),
                                            ({"code": 2}, "somebody else has it")])
def test_an_answer_that_gives_nothing_is_a_refusal(behind, answer, reason):
    behind.fake.answers = lambda request: [pcp_answer(request, **answer)]
    ask_anew(behind, "pcp")
    eventually("it is refused", lambda: is_refused(behind))
    assert router_row(behind)["external_port"] is None


def test_nobody_answers_in_the_routers_place(behind):
    """Whoever is in the same network and sees the requests."""
    with behind.neighbour.socket(kind=socket.SOCK_DGRAM) as other:
        other.bind((NEIGHBOUR4, 5351))

        def answer_from_the_neighbour(request):
            other.sendto(pcp_answer(request), behind.fake.heard[-1][1])
            return []

        behind.fake.answers = answer_from_the_neighbour
        ask_anew(behind, "pcp")
        eventually("it has asked in vain", lambda: is_refused(behind), within=30)


def test_a_router_that_counts_backwards_is_asked_again_and_no_more_than_once_a_second(behind):
    behind.fake.answers = lambda request: [pcp_answer(request)]
    ask_anew(behind, "pcp")
    eventually("it has a port", lambda: router_row(behind)["status"] == "mapped")
    behind.fake.heard.clear()
    for epoch in range(100, 0, -2):
        behind.fake.announces(epoch)
    eventually("it asks again", lambda: pcp_requests(behind))
    assert len(pcp_requests(behind)) <= 3
    before = len(pcp_requests(behind))
    with behind.neighbour.socket(kind=socket.SOCK_DGRAM) as other:
        other.bind((NEIGHBOUR4, 5351))
        other.sendto(struct.pack("!BBBBII", 2, 0x80, 0, 0, 0, 1) + b"\0" * 12, (BOX4, 5350))
    ask_anew(behind, "pcp")
    eventually("the next is of another wish", lambda: pcp_requests(behind))
    assert len(pcp_requests(behind)) <= before + 1


def test_a_hole_of_ipv6_is_asked_for_by_pcp(behind):
    behind.router.ip(f"addr add {ROUTER6}/64 dev lan nodad")
    behind.router.ip("addr add 2001:db8:1::1/64 dev lan nodad")
    behind.box.addresses("wan0", f"{BOX6}/64").routes(f"default via {ROUTER6} dev wan0")
    behind.fake.also_by(ROUTER6)
    behind.fake.answers = lambda request: [pcp_answer(request, address=BOX6 if request[8:10] == b"\x20\x01" else "203.0.113.1")]
    ask_anew(behind, "pcp")
    row = eventually("it is open", lambda: (port := router_row(behind)["ports"][0]["ipv6"])["status"] == "mapped" and port, within=20)
    assert (row["external_ip"], row["external_port"], row["by"]) == (BOX6, PORT, "pcp")
    assert router_row(behind)["status"] == "mapped", "and the port of IPv4 too"


def endless():
    yield b"<?xml version='1.0'?><root>"
    while True:
        yield b"<device><serviceList>" * 1000


HOSTILE = {
    "garbage": lambda: [os.urandom(60000)],
    "deep": lambda: [b"<a>" * 200_000],
    "long names": lambda: [b"<" + b"a" * 100_000 + b">" + b"b" * 100_000],
    "nothing": lambda: [],
    "control elsewhere": lambda: [description(f"http://{NEIGHBOUR4}:5000/control")],
    "control at home": lambda: [description(f"http://{HERE4}:5000/control")],
    "control on the internet": lambda: [description(f"http://{STUN4}:5000/control")],
    "endless": endless,
}


@pytest.fixture(scope="module")
def web(behind):
    behind.fake.answers = lambda request: []
    behind.elsewhere = HttpServer(behind.neighbour, NEIGHBOUR4, 5000)
    return HttpServer(behind.router, ROUTER4, 5000)


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_hostile_xml_comes_to_nothing(behind, web, body):
    ask_anew(behind, "upnp")
    web.body, behind.fake.location = body, f"http://{ROUTER4}:5000/root.xml"
    web.asked.clear()
    ask_anew(behind, "upnp")
    helper = behind.helper()
    eventually("it was read", lambda: web.asked, within=20)
    eventually("it is refused", lambda: is_refused(behind), within=30)
    assert behind.helper() == helper, "who asked by UPnP was another process"
    assert not behind.elsewhere.asked
    assert [path for _, path in web.asked] == ["/root.xml"] * len(web.asked)


@pytest.mark.parametrize("location", [f"http://{NEIGHBOUR4}:5000/root.xml", f"http://{HERE4}:5000/", "file:///etc/passwd", "http://" + "a" * 3000,
                                      f"http://{ROUTER4}:5000@{NEIGHBOUR4}:5000/"])
def test_a_description_that_is_elsewhere_is_not_read(behind, web, location):
    web.asked.clear()
    web.body, behind.fake.location = lambda: [], location
    ask_anew(behind, "upnp")
    eventually("it is refused", lambda: is_refused(behind), within=20)
    assert not behind.elsewhere.asked and not web.asked


def test_a_stun_server_that_lies_is_not_believed(behind):
    behind.fake.location, behind.fake.answers = None, lambda request: []
    behind.stun.answers = lambda answer: [b"", answer[:19], answer + b"\0", os.urandom(40), answer[:8] + os.urandom(12) + answer[20:],
                                          answer[:20] + b"\0\x20\0\x08\0\x09" + answer[26:], answer[:20] + b"\0\x01\0\xff" + answer[24:]]
    ask_anew(behind)
    behind.box.daemon.kill()
    count = len(behind.stun.asked)
    behind.box.start_daemon()
    eventually("it was asked to the end", lambda: len(behind.stun.asked) >= count + 3, within=20)
    assert behind.status()["stun"]["mapped"] is None and behind.status()["path"] == "none"
    behind.stun.answers = lambda answer: [answer]
    eventually("the truth is", lambda: behind.status()["stun"]["mapped"], within=60)


def test_nobody_else_answers_in_the_servers_place(behind):
    """Another address of the world, with the right transaction."""
    from_elsewhere = behind.world.socket(kind=socket.SOCK_DGRAM)
    from_elsewhere.bind(("198.51.100.9", 3478))

    def answer(message):
        from_elsewhere.sendto(message, behind.stun.asked[-1][0])
        return []

    behind.stun.answers = answer
    behind.box.daemon.kill()
    count = len(behind.stun.asked)
    behind.box.start_daemon()
    eventually("it was asked to the end", lambda: len(behind.stun.asked) >= count + 3, within=20)
    assert behind.status()["stun"]["mapped"] is None
    behind.stun.answers = lambda message: [message]
