# SPDX-License-Identifier: GPL-2.0-or-later
"""Two sites that meet at the gateway: stock routers with wg-quick, each with a host in the LAN behind it. The gateway's end is
wireguard-go, because this machine's kernel has no WireGuard.
"""

import documents
import pytest
import ways
from lab import clients, servers
from lab.home import FAR4, INSIDE4, LAN4, OUTSIDE4, SECOND4, WAN4
from lab.phones import Phone, home_with_servers
from lab.wait import eventually

hook, engine = ways.hook, ways.engine   # of each way

GATEWAY4, BERLIN4, PARIS4 = "10.100.0.1", "10.100.0.2", "10.100.0.3"
HOSTS = {"berlin": ("10.2.0.9", "2001:db8:2::9"), "paris": ("10.3.0.9", "2001:db8:3::9")}
(BERLIN_HOST4, BERLIN_HOST6), (PARIS_HOST4, PARIS_HOST6) = HOSTS.values()


@pytest.fixture(scope="module", params=[("ebpf", "tc"), ("nftables", "tc")], ids=str)
def way(request):
    return request.param


def endpoint(prefix4, prefix6, **changes):
    return {"type": "cpe", "routes": [prefix4, prefix6]} | changes


def with_sites(document, **paris):
    """Two sites, and one machine of the gateway's own LAN that they may use."""
    return document | {"networks": {"sites": {
        "type": "l3vpn", "expected_users": 6, "resources": [f"{INSIDE4}/32"],
        "endpoints": {"berlin": endpoint("10.2.0.0/24", "2001:db8:2::/64"),
                      "paris": endpoint("10.3.0.0/24", "2001:db8:3::/64", **paris)}}}}


@pytest.fixture(scope="module")
def document(engine, hook):
    return with_sites(documents.carried_by(engine, hook))


@pytest.fixture(scope="module")
def home(lab, document):
    return home_with_servers(lab, document)


class Site:
    """host -- lan [router, wg-quick] eth0 -- the provider. The host sends all it has to its router."""

    def __init__(self, home, name, number):
        host4, host6 = HOSTS[name]
        router4, router6 = host4.replace(".9", ".1"), host6.replace("::9", "::1")
        self.router, self.host = home.neighbour(name, number), home.lab.host(f"{name}-host")
        home.lab.wire((self.router, "lan"), (self.host, "eth0"))
        self.router.addresses("lan", f"{router4}/24", f"{router6}/64")
        for path in ("net/ipv4/ip_forward", "net/ipv6/conf/all/forwarding"):
            self.router.sysctl(path, "1")
        self.host.addresses("eth0", f"{host4}/24", f"{host6}/64").routes(f"default via {router4}", f"default via {router6}")
        self.tunnel = Phone(home.gateway, self.router, "sites", name, f"{name}0").up()
        servers.tcp_peer_server(self.host, 8000)

    def allow_everything(self):
        """AllowedIPs of a site are its own to change. wg-quick's routes stay, and these come besides."""
        key = self.router.run("wg", "show", self.tunnel.device, "peers").stdout.strip()
        self.router.run("wg", "set", self.tunnel.device, "peer", key, "allowed-ips", "0.0.0.0/0,::/0")
        return self

    def send_into_the_tunnel(self, *addresses):
        for address in addresses:
            self.router.ip("route replace", address, "dev", self.tunnel.device)


@pytest.fixture(scope="module")
def berlin(home):
    return Site(home, "berlin", 2)


@pytest.fixture(scope="module")
def paris(home):
    return Site(home, "paris", 3)


def flows_between(home, source, destination):
    return [row for row in home.gateway.show("flows")
            if row["original"]["source"] == source and row["original"]["destination"] == destination]


def silent(host, address, **how):
    return clients.tcp_outcome(host, address, 8000, timeout=0.6, **how) != "answered"


def test_a_site_is_told_the_network_the_other_site_and_the_resource(berlin):
    text = berlin.tunnel.file.read_text(encoding="utf-8")
    allowed = next(line for line in text.splitlines() if line.startswith("AllowedIPs"))
    assert allowed == ("AllowedIPs = 10.3.0.0/24, 10.100.0.0/29, 192.168.10.2/32, 2001:db8:3::/64, fd00:100::/64")


def test_hosts_of_both_sites_reach_each_other_with_their_own_sources(berlin, paris):
    assert clients.tcp_peer(berlin.host, PARIS_HOST4, 8000).address == BERLIN_HOST4
    assert clients.tcp_peer(paris.host, BERLIN_HOST4, 8000).address == PARIS_HOST4
    clients.ping(berlin.host, PARIS_HOST4)
    clients.ping(paris.host, BERLIN_HOST4)


def test_with_both_families(berlin, paris):
    assert clients.tcp_peer(berlin.host, PARIS_HOST6, 8000).address == BERLIN_HOST6
    clients.ping(paris.host, BERLIN_HOST6)


def test_full_packets_pass_through_both_tunnels(berlin, paris):
    """1420 bytes of the tunnel less 28 of headers."""
    berlin.host.run("ping", "-n", "-c", 1, "-W", 2, "-M", "do", "-s", 1392, PARIS_HOST4)


def test_routers_are_reached_at_their_addresses_of_the_tunnel_and_the_gateway_at_its_own(berlin, paris):
    for address in (GATEWAY4, PARIS4):
        clients.ping(berlin.host, address)
        clients.ping(berlin.router, address)
    clients.ping(paris.host, BERLIN4)


def test_the_policy_of_the_network_is_what_lets_them(home, berlin, paris):
    clients.ping(berlin.host, PARIS_HOST4)
    rows = {row["name"]: row for row in home.gateway.show("policies")}
    assert rows["network:sites"]["packets"] > 0


def test_a_resource_is_reached_and_sees_the_gateway(berlin, paris):
    for site in (berlin, paris):
        assert clients.tcp_peer(site.host, INSIDE4, 8000).address == LAN4


def test_neither_the_lan_of_the_gateway_nor_the_internet_whatever_the_routes_say(berlin):
    berlin.allow_everything()
    targets = (SECOND4, LAN4, OUTSIDE4, FAR4, "10.100.0.6", "10.4.0.1")
    berlin.send_into_the_tunnel(*targets)
    for target in targets:
        clients.ping(berlin.host, target, expect=1, wait=1)
        assert silent(berlin.host, target), target


def test_neither_by_a_source_that_the_other_site_has(home, berlin, paris):
    """By AllowedIPs at the gateway."""
    berlin.host.ip("addr add", f"{PARIS_HOST4.replace('.9', '.77')}/32", "dev eth0")
    berlin.router.ip("route add 10.3.0.77/32 via", BERLIN_HOST4, "dev lan")
    for target in (INSIDE4, GATEWAY4, PARIS_HOST4):
        assert silent(berlin.host, target, source=("10.3.0.77", 0)), target
    assert "10.3.0.77" not in home.gateway.sluice("show", "flows").stdout


def test_nor_by_one_that_nobody_has(home, berlin, paris):
    berlin.host.ip("addr add 10.9.0.9/32 dev eth0")
    berlin.router.ip("route add 10.9.0.9/32 via", BERLIN_HOST4, "dev lan")
    for target in (INSIDE4, PARIS_HOST4):
        assert silent(berlin.host, target, source=("10.9.0.9", 0)), target
    assert "10.9.0.9" not in home.gateway.sluice("show", "flows").stdout


def test_also_where_wireguard_lets_it_pass(home, document, berlin, paris):
    """The peer of the gateway's device is given more than its own, behind the gateway's back: an address of the subnet, whose way
    back is right, and which no site has.
    """
    berlin.host.ip("addr add 10.100.0.6/32 dev eth0")
    berlin.router.ip("route replace 10.100.0.6/32 via", BERLIN_HOST4, "dev lan")
    peers = home.gateway.run("wg", "show", "wg-sites", "allowed-ips").stdout.splitlines()
    own = next(line.split()[0] for line in peers if "10.2.0.0/24" in line)
    before = home.gateway.drops().get("policy", 0)
    for target in (INSIDE4, PARIS_HOST4, GATEWAY4):   # each time anew: the daemon takes it back when it looks at the machine
        home.gateway.run("wg", "set", "wg-sites", "peer", own, "allowed-ips", f"10.2.0.0/24,2001:db8:2::/64,{BERLIN4}/32,10.100.0.6/32")
        assert silent(berlin.host, target, source=("10.100.0.6", 0)), target
    eventually("all three were dropped", lambda: home.gateway.drops().get("policy", 0) >= before + 3)   # what is late is not lost
    home.gateway.apply(document)
    assert "10.100.0.6" not in home.gateway.run("wg", "show", "wg-sites", "allowed-ips").stdout


def test_neither_the_lan_nor_the_outside_reaches_a_site(home, berlin, paris):
    home.outside.routes(f"10.3.0.0/24 via {WAN4}")
    for host in (home.inside, home.outside):
        clients.ping(host, PARIS_HOST4, expect=1, wait=1)
        assert silent(host, PARIS_HOST4)


def test_a_site_that_is_disabled_is_out_at_once_and_its_sessions_end(home, document, berlin, paris):
    held = clients.EchoedConnection(berlin.host, PARIS_HOST4, 8000)
    assert held.says("before") and flows_between(home, BERLIN_HOST4, PARIS_HOST4)
    home.gateway.apply(with_sites(document, disabled=True))
    assert silent(berlin.host, PARIS_HOST4)
    assert not flows_between(home, BERLIN_HOST4, PARIS_HOST4)
    held.reset()
    home.gateway.apply(document)
    eventually("paris is back", lambda: clients.ping(paris.host, BERLIN_HOST4, expect=None, wait=1).returncode == 0, within=30)


def with_rome(document, prefix):
    more = {"type": "l3vpn", "endpoints": {"rome": {"type": "cpe", "routes": [prefix]}}}
    return document | {"networks": document["networks"] | {"more": more}}


def test_an_allotted_subnet_is_not_what_a_site_has_behind_it(home, document):
    said = home.gateway.apply(with_rome(document, "10.100.0.0/20"), expect=3)
    assert 'subnet 10.100.0.0/29 overlaps 10.100.0.0/20: it is behind endpoint "rome"' in said.stderr
    home.gateway.apply(with_rome(document, "10.100.0.8/29"))
    assert {row["subnet"] for row in home.gateway.show("networks")} == {"10.100.0.0/29", "10.100.0.16/29"}
    home.gateway.apply(document)


def test_what_overlaps_among_sites_is_refused_with_both_names(home, document):
    said = home.gateway.apply(with_sites(document, routes=["10.2.0.128/25"]), expect=3)
    assert 'networks.sites.endpoints.paris.routes[0]: 10.2.0.128/25 overlaps 10.2.0.0/24 of endpoint "berlin"' in said.stderr
