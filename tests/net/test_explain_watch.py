# SPDX-License-Identifier: GPL-2.0-or-later
"""`sluice explain --watch`: packets as they come, with their stages and what became of them."""

import json
import socket

import pytest
from lab import clients, eventually, servers
from lab.home import INSIDE4, OUTSIDE4, WAN4

PORT = 46501


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    """Captures are tested on both."""
    return request.param


@pytest.fixture(scope="module", autouse=True)
def servers_of_it(home):
    servers.udp_peer_server(home.outside, 7000)
    servers.tcp_peer_server(home.inside, 8080)
    clients.udp_peer(home.inside, OUTSIDE4, 7000)   # the neighbours are known


class Watch:
    def __init__(self, gateway, *words):
        self.process = gateway.start_sluice("explain", "--watch", *words)

    def rows(self):
        whole = self.process.output().split("\n")[:-1]
        return [json.loads(line) for line in whole if line.startswith("{")]


@pytest.fixture
def watch(home):
    """watch(*words) starts one."""
    made = []

    def start(*words):
        made.append(Watch(home.gateway, *words))
        return made[-1]
    yield start
    for one in made:
        one.process.end()


def seen(watched, send, fits=lambda row: True):
    """Packets come again until one is told: when it listens is not said by a line of JSON."""
    def told():
        send()
        return [row for row in watched.rows() if "verdict" in row and fits(row)]
    return eventually("a packet is told", told)[0]


def begins(row):
    return bool(row["question"] and row["question"]["begins"])


def stages(row):
    return [stage["stage"] for stage in row["stages"]]


def test_a_drop_is_told_stage_by_stage(home, watch):
    one = watch("tcp dst port 81", "-o", "json")
    row = seen(one, lambda: clients.tcp_outcome(home.outside, WAN4, 81, timeout=0.2))
    assert (row["verdict"], row["reason"], row["explained"], row["left"]) == ("dropped", "policy", "dropped", None)
    assert row["packet"].startswith(f"tcp {OUTSIDE4}:") and row["packet"].endswith(f" > {WAN4}:81")
    assert "policy" in stages(row) and stages(row)[-1] == "verdict"
    assert row["story"].startswith("dropped: policy (")


def test_a_first_packet_has_all_stages_and_a_later_one_its_flow(home, watch):
    one = watch("--forward", "web", "-o", "json")
    first = seen(one, lambda: clients.tcp_peer(home.outside, WAN4, 80), begins)
    assert first["explained"] == first["verdict"] == "forwarded"
    assert first["left"]["packet"].endswith(f" > {INSIDE4}:8080") and first["left"]["interface"] == "lan"
    assert {"policy", "flow"} <= set(stages(first)) or "destination" in stages(first)
    later = eventually("an answer is told", lambda: [row for row in one.rows() if row.get("interface") == "lan"])[0]
    assert not begins(later) and later["verdict"] == "forwarded"


def test_words_at_a_terminal_and_no_more_than_asked_for(home, watch):
    one = watch("udp dst port 7000", "-c", "1")

    def told():
        clients.udp_peer(home.inside, OUTSIDE4, 7000, source=("", PORT))
        return "ended: as many packets as were asked for" in one.process.output()
    eventually("it ends by itself", told)
    assert one.process.wait() == 0
    text = one.process.output()
    assert f"udp {INSIDE4}:{PORT} > {OUTSIDE4}:7000, " in text and "STAGE" in text
    assert f"; left by wan as udp {WAN4}:" in text


def test_a_flood_is_a_few_and_the_rest_is_counted(home, watch):
    one = watch("udp port 9", "-o", "json")

    def flood():
        with home.outside.socket(kind=socket.SOCK_DGRAM) as sender:
            for _ in range(200):
                sender.sendto(b"x", (WAN4, 9))
        return sum(row.get("passed_over", 0) for row in one.rows()) >= 100
    eventually("most are counted", flood)
    assert all(len(row["stages"]) > 1 for row in one.rows() if "verdict" in row)


def test_wrong_words_are_refused(home):
    gateway = home.gateway
    for words, why in (
            (("explain", "--watch", "--in", "wan"), "--watch follows packets that FILTER fits"),
            (("explain", "tcp port 80"), "--watch is missing"),
            (("explain", "--zone", "lan"), "--watch is missing"),
            (("explain", "--in", "wan", "--protocol", "tcp", "--source", "192.0.2.1:1"), "--destination is missing"),
            (("explain", "--watch", "no such filter"), "filter"),
            (("explain", "--watch", "--zone", "nowhere"), "nowhere")):
        assert why in gateway.sluice(*words, expect=2).stderr, words
