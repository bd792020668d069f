# SPDX-License-Identifier: GPL-2.0-or-later
"""Three sites with stock wg-quick, of which one can be called: those that meet directly do not need the gateway, and the others do."""

import documents
import pytest
import ways
from lab import clients, servers
from lab.phones import Phone, home_with_servers
from lab.wait import eventually

hook, engine = ways.hook, ways.engine   # of each way

HOSTS = {"berlin": "10.2.0.9", "paris": "10.3.0.9", "rome": "10.4.0.9"}
BERLIN4, PARIS4, ROME4 = HOSTS.values()
CALLED = "192.0.2.7:51900"   # berlin, which alone has an address of its own


@pytest.fixture(scope="module", params=[("ebpf", "tc"), ("nftables", "tc")], ids=str)
def way(request):
    return request.param


def with_sites(document, mesh="direct", **paris):
    def site(name, **more):
        return {"type": "cpe", "routes": [HOSTS[name].replace(".9", ".0/24")], **more}
    return document | {"networks": {"sites": {
        "type": "l3vpn", "mesh": mesh, "expected_users": 6,
        "endpoints": {"berlin": site("berlin", dial=CALLED), "paris": site("paris", **paris), "rome": site("rome")}}}}


@pytest.fixture(scope="module")
def document(engine, hook):
    return with_sites(documents.carried_by(engine, hook))


@pytest.fixture(scope="module")
def home(lab, document):
    return home_with_servers(lab, document)


class Site:
    """host -- lan [router, wg-quick] eth0 -- the provider"""

    def __init__(self, home, name, number):
        self.address = HOSTS[name]
        self.router, self.host = home.neighbour(name, number), home.lab.host(f"{name}-host")
        home.lab.wire((self.router, "lan"), (self.host, "eth0"))
        self.router.addresses("lan", f"{self.address.replace('.9', '.1')}/24")
        self.router.sysctl("net/ipv4/ip_forward", "1")
        self.host.addresses("eth0", f"{self.address}/24").routes(f"default via {self.address.replace('.9', '.1')}")
        servers.tcp_peer_server(self.host, 8000)
        self.tunnel = Phone(home.gateway, self.router, "sites", name, f"{name}0").up()

    def peers(self):
        """[(lines of a peer)] of the file that it was given."""
        sections = self.tunnel.file.read_text(encoding="utf-8").split("[Peer]")[1:]
        return [dict(line.split(" = ", 1) for line in section.splitlines() if " = " in line) for section in sections]

    def received(self, number):
        """Bytes by that peer of the file."""
        key = self.peers()[number]["PublicKey"]
        rows = self.router.run("wg", "show", self.tunnel.device, "transfer").stdout.splitlines()
        return next(int(row.split()[1]) for row in rows if row.startswith(key))


@pytest.fixture(scope="module")
def sites(home):
    return {name: Site(home, name, number) for number, name in enumerate(HOSTS, 2)}


def has_flow(home, source, destination):
    return any(row["original"]["source"] == source and row["original"]["destination"] == destination
               for row in home.gateway.show("flows"))


def meet(one, other):
    eventually(f"{one.address} and {other.address} meet",
               lambda: clients.ping(one.host, other.address, expect=None, wait=1).returncode == 0, within=30)


def test_who_can_be_called_is_a_peer_of_all_others(sites):
    hub, berlin = sites["paris"].peers()
    assert berlin["Endpoint"] == CALLED and berlin["AllowedIPs"] == "10.2.0.0/24, 10.100.0.2/32, fd00:100::2/128"
    assert berlin["PersistentKeepalive"] == "25"
    assert hub["AllowedIPs"] == "10.4.0.0/24, 10.100.0.0/29, fd00:100::/64", "rome, and no longer berlin"


def test_and_has_all_of_them_without_knowing_where_they_are(sites):
    hub, *others = sites["berlin"].peers()
    assert [peer["AllowedIPs"].split(",")[0] for peer in others] == ["10.3.0.0/24", "10.4.0.0/24"]
    assert not any("Endpoint" in peer or "PersistentKeepalive" in peer for peer in others)
    assert hub["AllowedIPs"] == "10.100.0.0/29, fd00:100::/64"


def test_no_prefix_is_of_two_peers(sites):
    for site in sites.values():
        allowed = [prefix.strip() for peer in site.peers() for prefix in peer["AllowedIPs"].split(",")]
        assert len(allowed) == len(set(allowed))


def test_what_goes_directly_does_not_pass_the_gateway(home, sites):
    paris, berlin = sites["paris"], sites["berlin"]
    meet(paris, berlin)
    before = paris.received(1)
    assert clients.tcp_peer(paris.host, BERLIN4, 8000).address == PARIS4
    assert clients.tcp_peer(berlin.host, PARIS4, 8000).address == BERLIN4
    assert paris.received(1) > before
    assert not has_flow(home, PARIS4, BERLIN4) and not has_flow(home, BERLIN4, PARIS4)


def test_routers_have_their_addresses_of_the_tunnel(sites):
    clients.ping(sites["paris"].router, "10.100.0.2")
    clients.ping(sites["berlin"].router, "10.100.0.3")


def test_who_cannot_be_called_meets_by_the_gateway(home, sites):
    paris, rome = sites["paris"], sites["rome"]
    meet(paris, rome)
    assert clients.tcp_peer(paris.host, ROME4, 8000).address == PARIS4
    assert has_flow(home, PARIS4, ROME4)


def test_the_direct_way_stays_where_the_gateway_is_away(home, sites):
    home.gateway.ip("link set wan down")
    try:
        assert clients.tcp_peer(sites["rome"].host, BERLIN4, 8000).address == ROME4
        assert clients.tcp_outcome(sites["paris"].host, ROME4, 8000, timeout=0.6) != "answered"
    finally:
        home.gateway.ip("link set wan up")
        home.route_gateway()


def test_a_site_that_is_disabled_is_no_ones_peer_in_new_files(home, document, sites):
    home.gateway.apply(with_sites(document, disabled=True))
    text = home.gateway.sluice("endpoint", "config", "sites", "berlin").stdout
    assert "# site rome" in text and "# site paris" not in text
    home.gateway.apply(document)


def test_by_the_hub_there_is_one_peer(home, document):
    home.gateway.apply(with_sites(document, mesh="hub"))
    text = home.gateway.sluice("endpoint", "config", "sites", "paris").stdout
    assert text.count("[Peer]") == 1
    assert "AllowedIPs = 10.2.0.0/24, 10.4.0.0/24, 10.100.0.0/29, fd00:100::/64" in text
    home.gateway.apply(document)


def test_the_history_says_which_site_came(home):
    said = home.gateway.sluice("endpoint", "history", "sites", "berlin").stdout
    assert "site paris" in said
