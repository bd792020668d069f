# SPDX-License-Identifier: GPL-2.0-or-later
"""What `GET /metrics` of the control socket tells a collector, read by a parser of Prometheus' own."""

import documents
import pytest
from lab import HomeLab, clients, eventually, servers
from lab.home import INSIDE4, OUTSIDE4, SECOND4, WAN4
from lab.scraped import scraped, series

SERVICE_PORT, DEGRADED = 8081, 6


def document(engine):
    made = documents.carried_by(engine, "tc")
    rows = [{"name": "one", "near": f"{INSIDE4}:8080"}, {"name": "two", "near": f"{SECOND4}:8080"}]
    return made | {"underlays": {"near": {"zone": "lan"}},
                   "services": {"pool": {"listen": WAN4, "ports": SERVICE_PORT, "backends": rows}}}


@pytest.fixture(scope="module")
def hook():
    return "tc"


@pytest.fixture
def home(own_lab, engine):
    made = HomeLab(own_lab)
    made.gateway.start_daemon(config=made.gateway.write(document(engine)))
    made.route_gateway()
    for host in (made.inside, made.second):
        servers.tcp_peer_server(host, 8080)
    servers.tcp_peer_server(made.outside, 7000)
    return made


def asked(home):
    return scraped(home.gateway)


def test_figures_are_those_of_the_lists(home, engine):
    for _ in range(6):
        assert clients.tcp_peer(home.outside, WAN4, SERVICE_PORT).address == OUTSIDE4
    assert clients.tcp_outcome(home.inside, OUTSIDE4, 23) == "refused"
    assert clients.tcp_peer(home.inside, OUTSIDE4, 7000).address == WAN4
    eventually("both backends have had three", lambda: [row["flows"] for row in home.gateway.show("services")] == [3, 3])
    seen = asked(home)
    assert seen[series("sluice_build_info", engine, home.gateway.json("status")["version"])] == 1
    for backend in ("one", "two"):
        assert seen[series("sluice_service_backend_up", backend, "near", "pool")] == 1
        assert seen[series("sluice_service_backend_flows_total", backend, "near", "pool")] == 3
    assert seen["sluice_policy_flows_total", "lan-out"] >= 1 and seen["sluice_policy_packets_total", "lan-out"] > 3
    assert seen[series("sluice_dropped_packets_total", "lan", "reject")] >= 1
    assert seen["sluice_policy_packets_total", "no-telnet"] >= 1 and seen["sluice_policy_bytes_total", "no-telnet"] >= 40
    assert seen["sluice_policy_flows_total", "no-telnet"] == 0
    assert seen["sluice_forward_flows_total", "web"] == 0


def flows_by_state(home):
    counts = {(state, family): 0 for state in ("half-open", "established", "closing") for family in ("ipv4", "ipv6")}
    for row in home.gateway.show("flows"):
        counts[row["state"], row["family"]] += 1
    return counts


def test_flows_are_told_by_state(home, engine):
    assert clients.tcp_peer(home.inside, OUTSIDE4, 7000).address == WAN4
    clients.udp_outcome(home.inside, OUTSIDE4, 7001)
    eventually("one waits for an answer", lambda: flows_by_state(home)["half-open", "ipv4"] >= 1)

    def told():
        seen = asked(home)
        return {(state, family): seen[series("sluice_flows", state, family)] for state, family in flows_by_state(home)}

    eventually("both are the same", lambda: told() == flows_by_state(home))
    if engine == "ebpf":
        before = asked(home)["sluice_flows_created_total",]
        assert clients.tcp_peer(home.inside, OUTSIDE4, 7000).address == WAN4
        assert asked(home)["sluice_flows_created_total",] >= before + 1


def test_interfaces_are_told(home, engine):
    before = asked(home)
    for _ in range(5):
        assert clients.tcp_peer(home.inside, OUTSIDE4, 7000).address == WAN4
    after = asked(home)
    for name in ("sluice_interface_receive_packets_total", "sluice_interface_transmit_packets_total", "sluice_interface_receive_bytes_total",
                 "sluice_interface_transmit_bytes_total", "sluice_interface_forwarded_packets_total"):
        for interface in ("wan", "lan"):
            assert after[name, interface] >= before[name, interface] + 10, (name, interface)
    for name in ("sluice_interface_receive_errors_total", "sluice_interface_transmit_errors_total"):
        assert [after[name, interface] for interface in ("wan", "lan")] == [0, 0]
    assert after["sluice_interface_up", "wan"] == 1
    made = document(engine)
    made["interfaces"]["away"] = {"zone": "guests"}   # there is no such device
    home.gateway.apply(made, expect=DEGRADED)
    assert asked(home)["sluice_interface_up", "away"] == 0


def test_times_of_connections_are_told_by_zone(home, engine):
    """Six times the server outside answers, and six times the client inside."""
    before = asked(home)
    for _ in range(6):
        assert clients.tcp_peer(home.inside, OUTSIDE4, 7000).address == WAN4
    after = asked(home)
    if engine == "nftables":
        assert not [name for name in after if name[0].startswith(("sluice_connect_", "sluice_forward_seconds"))]
        return
    for zone in ("lan", "internet"):
        count, everything = ("sluice_connect_seconds_count", zone), series("sluice_connect_seconds_bucket", zone, "+Inf")
        assert after[count] == after[everything] == before[count] + 6
        assert after["sluice_connect_seconds_sum", zone] > before["sluice_connect_seconds_sum", zone]
        buckets = [value for name, value in after.items() if name[0] == "sluice_connect_seconds_bucket" and zone in name]
        assert len(buckets) == 19 and buckets == sorted(buckets)
    assert ("sluice_forward_seconds_count",) in after


def test_what_leaves_the_document_takes_its_series_with_it(home, engine):
    made = document(engine)
    del made["services"], made["underlays"]
    made["policies"] = [row for row in made["policies"] if row["name"] != "lan-ping"]
    assert ("sluice_policy_packets_total", "lan-ping") in asked(home)
    home.gateway.apply(made)
    left = asked(home)
    assert ("sluice_policy_packets_total", "lan-ping") not in left and ("sluice_policy_packets_total", "lan-out") in left
    assert not [name for name in left if name[0].startswith("sluice_service_")]


def test_counts_go_on_over_a_restart_and_what_drains_is_not_up(home, engine):
    assert clients.tcp_peer(home.outside, WAN4, SERVICE_PORT).address == OUTSIDE4
    before = asked(home)
    home.gateway.daemon.kill()
    home.gateway.start_daemon()
    after = asked(home)
    assert all(after[name] >= value for name, value in before.items() if name[0].endswith("_total"))
    home.gateway.sluice("service", "drain", "pool", "two")
    now = asked(home)
    assert (now[series("sluice_service_backend_up", "one", "near", "pool")], now[series("sluice_service_backend_up", "two", "near", "pool")]) == (1, 0)


def test_nothing_is_in_force(own_lab):
    gateway = HomeLab(own_lab).gateway
    gateway.start_daemon()
    text = gateway.run("curl", "-sS", "--unix-socket", gateway.socket_path, "http://sluice/metrics").stdout
    assert "sluice_build_info" in text
    posted = gateway.run("curl", "-sS", "-X", "POST", "--unix-socket", gateway.socket_path, "http://sluice/metrics").stdout
    assert "is asked with GET" in posted
