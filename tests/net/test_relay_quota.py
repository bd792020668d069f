# SPDX-License-Identifier: GPL-2.0-or-later
"""A client of a relay that has used what it may in a month: its port leads nowhere until the next one, whatever ends meanwhile."""

import json

import pytest
from lab import Lab, clients, eventually, servers
from relay_site import HUB4, RELAY4, PlainClient, RelaySite, pair

ECHO = 51820   # where the client's WireGuard would be
QUOTA = 2_000_000


@pytest.fixture(scope="module")
def hook():
    """The daemon counts and decides, whatever carries the traffic."""
    return "tc"


@pytest.fixture(scope="module")
def site(hook):
    with Lab(hook) as lab:
        made = RelaySite(lab, ("ebpf", "tc"))
        made.start_relay(made.relay)
        yield made


@pytest.fixture(scope="module")
def bob(site):
    private, public = pair(site.net)
    site.relay.add("bob", public, "--quota", "2MB/month")
    made = PlainClient(site, site.relay, "bob", 30, private).up()
    made.public = public
    servers.udp_peer_server(made.host, ECHO)
    eventually("bob is heard", lambda: site.relay.row("bob")["state"] == "active")
    return made


def counted(site):
    return site.relay.row("bob")["month_bytes"]


def spend(site, size):
    """Through the tunnel, to the relay and back: pings of a kilobyte."""
    count = size // 2000 + 1
    site.client.host.run("ping", "-n", "-q", "-f", "-c", count, "-s", 1000, "-W", 1, HUB4, expect=None)


def answers(site, bob):
    return clients.udp_outcome(site.phone_host, RELAY4, bob.port) == "answered"


def set_quota(site, words):
    """The operator edits the document in force."""
    gateway = site.relay.gateway
    document = json.loads(gateway.sluice("export").stdout)
    document["relay"]["clients"]["bob"] = document["relay"]["clients"]["bob"] | {"quota": words}
    gateway.apply(document)


def metric(site, name):
    shown = site.relay.gateway.run("curl", "-s", "--unix-socket", site.relay.gateway.socket_path, "http://sluice/metrics").stdout
    return next(float(line.split()[-1]) for line in shown.splitlines() if line.startswith(f'{name}{{client="bob"}}'))


@pytest.fixture(autouse=True)
def _with_client(site, bob):
    site.client = bob


def test_it_is_counted_in_both_directions(site, bob):
    row = site.relay.row("bob")
    assert (row["quota"], row["quota_bytes"]) == ("2MB/month", QUOTA)
    assert answers(site, bob)
    before = counted(site)
    spend(site, 200_000)
    eventually("it is counted", lambda: counted(site) >= before + 200_000, within=15)
    assert counted(site) <= site.relay.row("bob")["bytes"], "no more than the tunnel has seen"


def test_a_killed_daemon_has_counted_all_of_it(site, bob):
    gateway = site.relay.gateway
    gateway.daemon.kill()
    before = json.loads((gateway.state / "quotas.json").read_text(encoding="ascii"))["clients"][0]["bytes"]
    spend(site, 100_000)
    gateway.start_daemon()
    eventually("also what passed meanwhile", lambda: counted(site) >= before + 100_000, within=15)
    assert (gateway.state / "quotas.json").stat().st_mode & 0o777 == 0o600


def test_so_has_one_whose_device_was_made_again(site, bob):
    """Its counters begin at 0, as after a reboot."""
    before = counted(site)
    site.relay.gateway.ip("link del wg-relay")
    eventually("it is there again, and its peer too", lambda: bob.host.run("ping", "-n", "-c", 1, "-W", 1, HUB4, expect=None).returncode == 0, within=40)
    assert site.relay.row("bob")["rx_bytes"] < before, "the device counts from 0"
    spend(site, 100_000)
    eventually("the sum of both is counted", lambda: counted(site) >= before + 100_000, within=20)


def test_over_it_the_port_leads_nowhere(site, bob):
    eventually("it is reached again", lambda: answers(site, bob), within=15)
    spend(site, QUOTA)
    eventually("it is told", lambda: site.relay.row("bob")["state"] == "over quota", within=15)
    eventually("nobody gets through", lambda: clients.udp_outcome(site.phone_host, RELAY4, bob.port) == "silence", within=15)
    clients.ping(bob.host, HUB4, expect=1, wait=1)
    assert 'relay: client "bob" is over its quota of 2MB/month: its port leads nowhere until 2' in site.relay.gateway.daemon.output()
    assert metric(site, "sluice_relay_client_over_quota") == 1
    assert metric(site, "sluice_relay_client_month_bytes") >= QUOTA == metric(site, "sluice_relay_client_quota_bytes")
    assert site.relay.config("bob")["port"] == bob.port, "it keeps its port"


def test_others_are_reached(site, bob):
    private, public = pair(site.net)
    site.relay.add("carol", public)
    carol = PlainClient(site, site.relay, "carol", 50, private).up()
    servers.udp_peer_server(carol.host, ECHO)
    eventually("carol is reached", lambda: clients.udp_outcome(site.phone_host, RELAY4, carol.port) == "answered", within=15)
    clients.ping(carol.host, HUB4)
    assert site.relay.row("carol")["quota"] is None and site.relay.row("carol")["month_bytes"] is None


def test_a_restart_forgets_nothing(site, bob):
    gateway = site.relay.gateway
    gateway.daemon.kill()
    gateway.start_daemon()
    assert site.relay.row("bob")["state"] == "over quota" and counted(site) >= QUOTA
    assert clients.udp_outcome(site.phone_host, RELAY4, bob.port) == "silence"


def test_more_of_it_or_another_month_and_the_port_is_back(site, bob):
    set_quota(site, "1GB/month")
    eventually("it is reached at once", lambda: answers(site, bob), within=5)
    eventually("it is told", lambda: 'client "bob" is within its quota again' in site.relay.gateway.daemon.output(), within=15)
    set_quota(site, "1MB/month")
    eventually("less is less", lambda: clients.udp_outcome(site.phone_host, RELAY4, bob.port) == "silence", within=10)
    gateway = site.relay.gateway
    gateway.daemon.kill()
    file = gateway.state / "quotas.json"
    kept = json.loads(file.read_text(encoding="ascii"))
    for row in kept["clients"]:
        row["month"] -= 1   # it was the month before
    file.write_text(json.dumps(kept), encoding="ascii")
    gateway.start_daemon()
    eventually("the month begins anew", lambda: counted(site) < 1_000_000, within=15)
    eventually("it is reached", lambda: answers(site, bob), within=15)
    set_quota(site, "unlimited")
    assert site.relay.row("bob")["quota"] is None


def test_a_damaged_file_is_told_and_counting_goes_on(site, bob):
    gateway = site.relay.gateway
    set_quota(site, "1MB/month")
    eventually("it is counted", lambda: (gateway.state / "quotas.json").exists() and '"clients":[{' in
               (gateway.state / "quotas.json").read_text(encoding="ascii"), within=15)
    gateway.daemon.kill()
    (gateway.state / "quotas.json").write_text('{"device": 7', encoding="ascii")
    gateway.start_daemon()
    assert "is damaged" in gateway.daemon.output()
    before = counted(site)
    spend(site, 100_000)
    eventually("it is counted", lambda: counted(site) >= before + 100_000, within=15)


def test_a_quota_that_is_none_is_refused(site, bob):
    for words in ("1GB", "0GB/month", "1.5GB/month", "-1GB/month", "GB/month", "1GB/day", "99999999999999999999TB/month", ""):
        told = site.relay.add("dave", bob.public, "--quota", words, expect=3)
        assert "is not a quota" in told.stderr or "quota" in told.stderr, words
    assert "dave" not in [row["name"] for row in site.relay.gateway.show("relay")]
