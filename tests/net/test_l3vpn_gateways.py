# SPDX-License-Identifier: GPL-2.0-or-later
"""Two gateways that both run sluice, each with a LAN behind it: the one prints what the other puts into its document."""

import json

import documents
import pytest
import ways
from lab import clients, servers
from lab.documents import policy
from lab.home import INSIDE4, INSIDE6, LAN4, OUTSIDE4, SECOND4, WAN4
from lab.phones import home_with_servers
from lab.wait import eventually

hook, engine = ways.hook, ways.engine   # of each way

NEAR4, BERLIN_WAN4 = "192.0.2.1", "192.0.2.7"
ROUTER4, BERLIN4, ROUTER6, BERLIN6 = "10.2.0.1", "10.2.0.9", "2001:db8:2::1", "2001:db8:2::9"
TUNNEL4, HUB4 = "10.100.0.2", "10.100.0.1"
# Control sockets of tunnels lie in one directory of the machine: two gateways with a network of the same name are two machines.
OWN_MACHINE = ("unshare", "--mount", "--propagation", "private", "sh", "-c", 'mount -t tmpfs tunnels /run/wireguard && exec "$@"', "sh")


@pytest.fixture(scope="module", params=[("ebpf", "tc"), ("ebpf", "xdp"), ("nftables", "tc")], ids=str)
def way(request):
    return request.param


def with_company(document, **berlin):
    """One host of the LAN takes part, and the other does not."""
    return document | {"networks": {"company": {
        "type": "l3vpn", "expected_users": 6, "routes": [f"{INSIDE4}/32", f"{INSIDE6}/128"],
        "endpoints": {"berlin": {"type": "gateway", "routes": ["10.2.0.0/24", "2001:db8:2::/64"], **berlin}}}}}


@pytest.fixture(scope="module")
def document(engine, hook):
    return with_company(documents.carried_by(engine, hook))


@pytest.fixture(scope="module")
def home(lab, document):
    return home_with_servers(lab, document)


def without_comments(text):
    return json.loads("\n".join(line for line in text.splitlines() if not line.lstrip().startswith("//")))


class Berlin:
    """host -- lan [gateway] wan -- the provider"""

    def __init__(self, home, engine, hook):
        self.home, self.engine, self.hook = home, engine, hook
        lab = home.lab
        self.gateway, self.host = lab.gateway("berlin"), lab.host("berlin-host")
        lab.wire((home.outside, "to2"), (self.gateway, "wan"))
        lab.wire((self.gateway, "lan"), (self.host, "eth0"))
        home.outside.addresses("to2", f"{NEAR4}/24")
        self.host.addresses("eth0", f"{BERLIN4}/24", f"{BERLIN6}/64").routes(f"default via {ROUTER4}", f"default via {ROUTER6}")
        servers.tcp_peer_server(self.host, 8000)
        self.gateway.launcher = OWN_MACHINE
        self.file = lab.directory / "company.json"
        self.key = lab.directory / "company.key"

    def own_document(self):
        def interface(zone, *addresses):
            return {"zone": zone, "addresses": list(addresses)} | ({"hook": self.hook} if self.engine == "ebpf" else {})
        return {"version": 1, "engine": self.engine,
                "interfaces": {"wan": interface("internet", f"{BERLIN_WAN4}/24"), "lan": interface("lan", f"{ROUTER4}/24", f"{ROUTER6}/64")},
                "policies": [policy("out", "lan", "internet")],
                "nat": {"masquerade": [{"name": "out", "from": "lan", "to": "internet"}]}}

    def part(self):
        """What the other gateway prints, and its key beside it, as its user would carry them over."""
        self.home.gateway.sluice("endpoint", "config", "company", "berlin", "--sluice", "-O", self.file)
        return without_comments(self.file.read_text(encoding="utf-8"))

    def take_key(self):
        keys = self.gateway.state / "keys"
        keys.mkdir(parents=True, exist_ok=True)
        (keys / "company.key").write_bytes(self.key.read_bytes())

    def apply(self, part):
        self.gateway.apply(self.own_document() | part)
        self.gateway.ip("route replace default via", NEAR4, "dev wan onlink")

    def reaches(self, address):
        return clients.ping(self.host, address, expect=None, wait=1).returncode == 0


@pytest.fixture(scope="module")
def berlin(home, engine, hook):
    made = Berlin(home, engine, hook)
    part = made.part()
    made.take_key()
    made.gateway.start_daemon()
    home.lab.defer(made.gateway.sluice, "cleanup", expect=None)
    made.apply(part)
    eventually("the gateways meet", lambda: made.reaches(INSIDE4), within=30)
    return made


def silent(host, address, **how):
    return clients.tcp_outcome(host, address, 8000, timeout=0.6, **how) != "answered"


def test_the_document_has_no_secret_and_the_keys_file_is_its_owners_alone(berlin):
    key = berlin.key.read_text(encoding="utf-8").strip()
    assert len(key) == 44 and key not in berlin.file.read_text(encoding="utf-8")
    assert berlin.key.stat().st_mode & 0o777 == 0o600
    network = berlin.part()["networks"]["company"]
    assert network["key_file"] == "keys/company.key"
    assert (network["address"], network["endpoints"]["hub"]["address"]) == (TUNNEL4, HUB4)
    assert network["endpoints"]["hub"]["dial"] == f"{WAN4}:51820"
    assert network["endpoints"]["hub"]["routes"] == [f"{INSIDE4}/32", f"{INSIDE6}/128"]


def test_without_a_file_no_key_is_printed(home, berlin):
    said = home.gateway.sluice("endpoint", "config", "company", "berlin", "--sluice")
    key = berlin.key.read_text(encoding="utf-8").strip()
    assert key not in said.stdout + said.stderr and "-O FILE writes it" in said.stderr


def test_hosts_of_both_lans_reach_each_other_with_their_own_sources(home, berlin):
    assert clients.tcp_peer(berlin.host, INSIDE4, 8000).address == BERLIN4
    assert clients.tcp_peer(home.inside, BERLIN4, 8000).address == INSIDE4
    clients.ping(berlin.host, INSIDE4)
    clients.ping(home.inside, BERLIN4)


def test_with_both_families(home, berlin):
    assert clients.tcp_peer(berlin.host, INSIDE6, 8000).address == BERLIN6
    assert clients.tcp_peer(home.inside, BERLIN6, 8000).address == INSIDE6


def test_full_packets_pass(home, berlin):
    home.inside.run("ping", "-n", "-c", 1, "-W", 2, "-M", "do", "-s", 1392, BERLIN4)


def test_larger_ones_are_told_what_fits(home, berlin):
    said = home.inside.run("ping", "-n", "-c", 1, "-W", 2, "-M", "do", "-s", 1420, BERLIN4, expect=1)
    assert "mtu = 1420" in said.stdout or "mtu=1420" in said.stdout + said.stderr


def test_the_policies_that_let_them_have_names(home, berlin):
    rows = {row["name"]: row for row in home.gateway.show("policies")}
    assert rows["network:company in"]["packets"] > 0 and rows["network:company out"]["packets"] > 0


def test_explain_and_show_know_the_way(home, berlin):
    def ask(source):
        return home.gateway.json("explain", "--in", "lan", "--protocol", "tcp", "--source", f"{source}:1234", "--destination",
                                 f"{BERLIN4}:8000", "--new")
    told = ask(INSIDE4)
    assert (told["verdict"], told["policy"]) == ("forwarded", "network:company out"), told
    assert ask(SECOND4)["verdict"] == "dropped"
    main = next(row for row in home.gateway.show("vrfs") if row["name"] == "main")
    assert {"to": "10.2.0.0/24", "through": "company"} in main["routes"]


def test_neither_others_of_the_lan_nor_the_gateways_themselves(home, berlin):
    for target in (SECOND4, LAN4, HUB4):
        assert silent(berlin.host, target), target
        clients.ping(berlin.host, target, expect=1, wait=1)
    for target in (BERLIN4, ROUTER4, TUNNEL4):
        assert silent(home.second, target), target
    for target in (ROUTER4, TUNNEL4):
        assert silent(home.inside, target), target
    towards = {row["original"]["source"] for row in home.gateway.show("flows") if row["original"]["destination"].startswith("10.2.0.")}
    assert INSIDE4 in towards and SECOND4 not in towards, "the hub itself let it pass"


def test_not_the_outside(home, berlin):
    home.outside.routes(f"10.2.0.0/24 via {WAN4}")
    assert silent(home.outside, BERLIN4)
    home.outside.ip("route del 10.2.0.0/24")


def test_the_own_way_to_the_internet_stays(berlin):
    assert clients.tcp_peer(berlin.host, OUTSIDE4, 8000).address == BERLIN_WAN4


def test_the_hub_judges_what_the_other_gateway_asks_for(home, berlin):
    """Its document is its own to change."""
    part = berlin.part()
    network = part["networks"]["company"]
    network["routes"].append("10.9.0.0/24")
    network["endpoints"]["hub"]["routes"] = ["192.168.10.0/24", "198.51.100.0/24"]
    berlin.apply(part)
    berlin.host.ip("addr add 10.9.0.9/32 dev eth0")
    berlin.gateway.ip("route add 10.9.0.0/24 via", BERLIN4, "dev lan")
    eventually("the gateways meet again", lambda: berlin.reaches(INSIDE4), within=30)
    for target in (SECOND4, LAN4, "198.51.100.7"):
        assert silent(berlin.host, target), target
    assert silent(berlin.host, INSIDE4, source=("10.9.0.9", 0))
    assert "10.9.0.9" not in home.gateway.sluice("show", "flows").stdout
    berlin.host.ip("addr del 10.9.0.9/32 dev eth0")
    berlin.apply(berlin.part())


def test_a_session_ends_where_the_site_is_disabled(home, document, berlin):
    eventually("the gateways meet", lambda: berlin.reaches(INSIDE4), within=30)
    held = clients.EchoedConnection(home.inside, BERLIN4, 8000)
    assert held.says("before")
    home.gateway.apply(with_company(document, disabled=True))
    assert silent(home.inside, BERLIN4) and silent(berlin.host, INSIDE4)
    held.reset()
    home.gateway.apply(document)
    eventually("berlin is back", lambda: berlin.reaches(INSIDE4), within=30)


def test_without_its_key_nothing_is_applied(berlin):
    file = berlin.gateway.state / "keys" / "company.key"
    kept = file.read_bytes()
    file.unlink()
    said = berlin.gateway.apply(berlin.own_document() | berlin.part(), expect=3)
    assert 'network "company"' in said.stderr and "keys/company.key: put the private key there" in said.stderr
    file.write_bytes(kept)
    assert berlin.reaches(INSIDE4)


def test_where_the_key_stays_with_the_other_gateway(home, document, berlin):
    """Another pair, made there: its public key is all that the hub has."""
    private = home.lab.run("wg", "genkey", quiet=True).stdout.strip()
    public = home.lab.run("wg", "pubkey", stdin=private, quiet=True).stdout.strip()
    home.gateway.apply(with_company(document, public_key=public, disabled=True))   # the newest key is in force at once
    home.gateway.apply(with_company(document, public_key=public))
    berlin.key.unlink()
    part = berlin.part()
    assert not berlin.key.exists() and "put it into keys/company.key" in berlin.file.read_text(encoding="utf-8")
    (berlin.gateway.state / "keys" / "company.key").write_text(private + "\n", encoding="ascii")
    berlin.apply(part)
    eventually("the gateways meet by the new key", lambda: berlin.reaches(INSIDE4), within=30)


def test_what_is_led_to_is_nowhere_else(home, document):
    wrong = with_company(document, routes=["192.168.10.128/25"])
    said = home.gateway.apply(wrong, expect=3)
    assert "192.168.10.128/25 overlaps 192.168.10.0/24 of interface" in said.stderr


def routes_of_sluice(gateway):
    """Also of the main table, by the number that all of sluice's have."""
    return [line for family in ("-4", "-6") for line in gateway.ip(family, "route show table all proto 92").stdout.splitlines()]


def test_without_the_network_the_main_table_is_as_before(home, document, engine, hook):
    assert any(line.startswith("throw 10.2.0.0/24") and "table" not in line for line in routes_of_sluice(home.gateway))
    home.gateway.apply(documents.carried_by(engine, hook))
    assert routes_of_sluice(home.gateway) == []
    home.gateway.apply(document)
    assert routes_of_sluice(home.gateway)
    home.gateway.sluice("cleanup")
    assert routes_of_sluice(home.gateway) == []
