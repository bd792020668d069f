# SPDX-License-Identifier: GPL-2.0-or-later
"""What is counted for endpoints of networks, what each of them may have of a limit, and how `explain` calls them. Clients are
stock wg-quick; the figures are compared with what WireGuard itself says.
"""

import documents
import pytest
import ways
from lab import clients, servers
from lab.download import Download
from lab.home import FAR4, INSIDE4, OUTSIDE4, OUTSIDE6, SECOND4
from lab.phones import Phone, home_with_servers
from lab.scraped import phases, scraped, series
from lab.wait import eventually

hook, engine = ways.hook, ways.engine   # of each way

LIMITED, BURST, SENT = 9000, 40, 120
OVERHEAD, PADDING = 32, 15   # bytes of WireGuard for a packet, and at most what fills its last block


BY_KERNEL = pytest.param(("ebpf", "tc", "kernel"), marks=pytest.mark.needs("wireguard"))


@pytest.fixture(scope="module", ids="-".join,
                params=[("ebpf", "xdp", "userspace"), ("nftables", "tc", "userspace"), BY_KERNEL])
def way(request):
    return request.param


def with_networks(document, backend):
    return document | {"wireguard": {"backend": backend}, "networks": {
        "home": {"type": "secure-internet", "expected_users": 6,
                 "endpoints": {"phone": {"type": "mobile"}, "laptop": {"type": "mobile"}}},
        "shop": {"type": "remote-resource", "expected_users": 2, "resources": [f"{INSIDE4}/32"],
                 "endpoints": {"supplier": {"type": "mobile"}}},
    }, "limits": [{"name": "each", "from": "home", "key": "endpoint", "protocol": "udp", "ports": LIMITED,
                   "rate": "1pps", "burst": f"{BURST}p"}]}


@pytest.fixture(scope="module")
def document(engine, hook, way):
    return with_networks(documents.carried_by(engine, hook), way[2])


@pytest.fixture(scope="module")
def site(lab, document):
    return home_with_servers(lab, document)


@pytest.fixture(scope="module")
def phone(site):
    return Phone(site.gateway, site.far, "home", "phone", "phone0").up()


@pytest.fixture(scope="module")
def laptop(site):
    return Phone(site.gateway, site.neighbour("laptop", 2), "home", "laptop", "laptop0").up()


@pytest.fixture(scope="module")
def supplier(site):
    return Phone(site.gateway, site.neighbour("supplier", 3), "shop", "supplier", "supplier0").up()


def network(site, name):
    return next(row for row in site.gateway.show("networks") if row["name"] == name)


def more(before, after, *fields):
    return [after[field] - before[field] for field in fields]


def dropped(row, reason):
    return row["dropped"].get(reason, {}).get("packets", 0)


def test_each_packet_is_counted_at_its_endpoint(phone, laptop):
    clients.ping(laptop.host, OUTSIDE4)
    clients.ping(phone.host, OUTSIDE4)
    before, others = phone.row(), laptop.row()
    for address in (OUTSIDE4, OUTSIDE6):
        clients.ping(phone.host, address, count=10, size=1000)
    after = phone.row()
    headers = 20 + 40 + 2 * 8
    assert more(before, after, "rx_packets", "tx_packets") == [20, 20]
    assert more(before, after, "rx_inner_bytes", "tx_inner_bytes") == [20 * 1000 + 10 * headers] * 2
    assert more(others, laptop.row(), "rx_packets", "tx_packets") == [0, 0]


def test_as_wireguard_says(phone):
    """Of what is not merged. Keepalives and handshakes come on top."""
    clients.ping(phone.host, OUTSIDE4)
    before = phone.row()
    clients.ping(phone.host, OUTSIDE4, count=50, size=1001)
    after = phone.row()
    for way_of in ("rx", "tx"):
        inner, outer = more(before, after, f"{way_of}_inner_bytes", f"{way_of}_bytes")
        assert inner == 50 * 1029
        assert inner + 50 * OVERHEAD <= outer <= inner + 50 * (OVERHEAD + PADDING) + 1000


@pytest.mark.spared("kernel")
def test_metrics_tell_whose_flows_there_are(site, phone, laptop):
    def established():
        return [phases(site.gateway, "sluice_endpoint_flows", "home", name)["established"] for name in ("phone", "laptop")]

    clients.ping(laptop.host, OUTSIDE4)
    before = established()
    connection = clients.EchoedConnection(phone.host, OUTSIDE4, 8000)
    assert connection.says("hello")
    if site.gateway.json("status")["engine"] == "ebpf":
        seen = scraped(site.gateway)
        assert seen[series("sluice_endpoint_connect_seconds_count", "home", "phone")] >= 1, "it acknowledged what the server answered"
        assert series("sluice_endpoint_connect_seconds_count", "home", "laptop") not in seen, "it made no connection"
    eventually("it is the phone's who began it", lambda: established()[0] == before[0] + 1 and established()[1] <= before[1])
    connection.close()


def test_a_download_is_what_wireguard_sent(site, phone):
    servers.endless_server(site.outside, 8001)
    before = phone.row()
    download = Download(phone.host, OUTSIDE4, 8001)
    download.goes_on(5_000_000)
    download.stop()
    clients.ping(phone.host, OUTSIDE4)
    after = phone.row()
    inner, outer = more(before, after, "tx_inner_bytes", "tx_bytes")
    assert inner >= 5_000_000
    assert 0.85 * outer <= inner <= outer, "a merged packet has one header"


def test_what_the_gateway_says_itself_is_carried_too(phone, site):
    before = phone.row()
    clients.ping(phone.host, "10.100.0.1", count=5)
    assert more(before, phone.row(), "rx_packets", "tx_packets") == [5, 5]


@pytest.mark.spared("kernel")
def test_drops_are_counted_at_the_endpoint_by_reason(site, supplier):
    supplier.host.run("wg", "set", supplier.device, "peer", peer_of(supplier), "allowed-ips", "0.0.0.0/0")
    supplier.host.ip("route replace", SECOND4, "dev", supplier.device)
    before, all_before = supplier.row(), network(site, "shop")
    clients.ping(supplier.host, SECOND4, count=4, expect=1, wait=1)
    after = supplier.row()
    assert more(before, after, "drops", "rx_packets", "tx_packets") == [4, 0, 0]
    why = [reason for reason in after["dropped"] if dropped(after, reason) - dropped(before, reason) == 4]
    assert len(why) == 1, "one reason has all of them"
    shop = network(site, "shop")
    assert shop["drops"] - all_before["drops"] == 4
    assert dropped(shop, why[0]) - dropped(all_before, why[0]) == 4


def peer_of(phone):
    return phone.host.run("wg", "show", phone.device, "peers").stdout.strip()


@pytest.mark.spared("kernel")
def test_a_source_that_no_endpoint_has_is_counted_at_the_network(site, supplier):
    """Somebody let it past AllowedIPs: the packet path judges it all the same."""
    gateway_peer = supplier.row()["public_key"]
    supplier.host.ip("addr add 10.100.0.11/32 dev", supplier.device)
    before, all_before = supplier.row(), network(site, "shop")

    def is_counted():   # again and again, because the daemon puts AllowedIPs right
        site.gateway.run("wg", "set", "wg-shop", "peer", gateway_peer, "allowed-ips", "10.100.0.10/32,10.100.0.11/32")
        clients.tcp_outcome(supplier.host, INSIDE4, 8000, source=("10.100.0.11", 0), timeout=0.6)
        return network(site, "shop")["drops"] > all_before["drops"]

    eventually("the network counts it", is_counted)
    assert more(before, supplier.row(), "drops", "rx_packets", "tx_packets") == [0, 0, 0]


POUR = """
import socket, sys
address, port = sys.argv[1:]
made = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
for _ in range(40):
    made.sendto(b"x" * 100, (address, int(port)))
"""


def pour(phone, address, count):
    """So many datagrams to the limited port."""
    for _ in range(count // 40):   # fewer than a queue holds
        phone.host.run("python3", "-c", POUR, address, str(LIMITED))


def over_limit(row):
    return dropped(row, "over-limit")


@pytest.mark.spared("kernel")
def test_each_endpoint_has_the_rate_for_all_its_addresses(site, phone, laptop):
    clients.ping(phone.host, OUTSIDE4)
    clients.ping(laptop.host, OUTSIDE4)
    before = {one.endpoint: one.row() for one in (phone, laptop)}
    for one in (phone, laptop):
        for address in (OUTSIDE4, OUTSIDE6):
            pour(one, address, SENT)

    def poured(one):
        row = one.row()
        return (row["rx_packets"] - before[one.endpoint]["rx_packets"],
                over_limit(row) - over_limit(before[one.endpoint]))

    for one in (phone, laptop):
        eventually(f"all of {one.endpoint} came", lambda one=one: sum(poured(one)) >= 2 * SENT)
        passed, exceeded = poured(one)
        assert BURST <= passed <= BURST + 40, f"{one.endpoint} alone has the burst, and what came back meanwhile"
        assert exceeded >= 2 * SENT - BURST - 40


@pytest.mark.spared("kernel")
def test_explain_from_an_endpoint(site):
    told = site.gateway.json("explain", "--from", "home/phone", "--protocol", "tcp", "--destination", f"{OUTSIDE4}:80")
    assert (told["verdict"], told["from_endpoint"], told["to_endpoint"]) == ("forwarded", "home/phone", None)
    assert told["interface_in"] == "wg-home" and told["original"]["source"] == "10.100.0.2"
    told = site.gateway.json("explain", "--from", "home/phone", "--protocol", "icmp", "--destination", "home/laptop")
    assert (told["verdict"], told["from_endpoint"], told["to_endpoint"]) == ("dropped", "home/phone", "home/laptop")
    told = site.gateway.json("explain", "--from", "home/phone:5000", "--protocol", "udp", "--destination", f"[{OUTSIDE6}]:53")
    assert told["original"]["source_port"] == 5000 and ":" in told["original"]["source"]
    wrong = site.gateway.sluice("explain", "--from", "home/fone", "--protocol", "icmp", "--destination", FAR4, expect=2)
    assert "did you mean home/phone?" in wrong.stderr


@pytest.mark.spared("kernel")
def test_counts_outlive_an_apply_and_the_daemon(site, document, phone):
    before = phone.row()
    site.gateway.apply(document | {"limits": []})
    site.gateway.daemon.kill()
    site.gateway.start_daemon()
    after = phone.row()
    assert after["rx_packets"] >= before["rx_packets"] > 0 and after["drops"] >= before["drops"] > 0


@pytest.mark.spared("kernel")
def test_counts_outlive_a_change_of_the_engine(site, document, phone, engine, way):
    """And go on from there. Drops begin anew, as those of interfaces do."""
    other = {"ebpf": "nftables", "nftables": "ebpf"}[engine]
    before = phone.row()
    site.gateway.apply(with_networks(documents.carried_by(other), way[2]))
    clients.ping(phone.host, OUTSIDE4, count=3)
    after = phone.row()
    assert more(before, after, "rx_packets", "tx_packets") == [3, 3]
    assert before["drops"] > 0 and after["drops"] == 0
    site.gateway.apply(document)
    assert more(after, phone.row(), "rx_packets", "tx_packets", "drops") == [0, 0, 0]


def test_clients_are_told_the_mtu_and_it_stays(site, phone):
    assert "MTU = 1420" in phone.take_config().splitlines()
    versions = phone.row()["version"]
    history = site.gateway.json("endpoint", "history", "home", "phone")["versions"]
    assert len(history) == versions


def test_nothing_is_left_behind(site):
    """And its tunnels are not in the way of the next gateway's."""
    site.gateway.sluice("cleanup")
    assert site.gateway.run("pgrep", "-f", "wireguard-go.* wg-home", expect=None).returncode == 1
