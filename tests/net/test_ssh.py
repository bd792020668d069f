# SPDX-License-Identifier: GPL-2.0-or-later
"""People reach the SSH server of their own box by a port of the gateway and by the gateway as jump host, and nobody else's; with OpenSSH at
all ends, by each way of carrying traffic.
"""

import pytest
import ways
from lab import Lab, clients, eventually
from ssh_site import LAN_BOX4, WAN4, WAN6, SshSite

hook, engine = ways.hook, ways.engine   # of each way
WHERE = "echo $SSH_CONNECTION"   # caller's address and port, own address and port


@pytest.fixture(scope="module", params=[("ebpf", "tc"), ("ebpf", "xdp"), ("nftables", "tc")], ids=str)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def lab(hook):
    with Lab(hook) as made:
        yield made


@pytest.fixture(scope="module")
def site(lab, way):
    return SshSite(lab, way).start()


def test_a_port_leads_to_the_users_own_box(site):
    assert [site.port(user) for user in ("alice", "bob", "carol")] == [10001, 10002, 10004]
    for user in ("alice", "bob"):
        caller, _, own, port = site.ssh(user, WAN4, WHERE, port=site.port(user)).stdout.split()
        assert (caller, own, port) == ("198.51.100.11", site.addresses[user][0], "22"), "the box sees who calls"
    row = next(row for row in site.gateway.show("ssh") if row["user"] == "alice")
    assert (row["box"], row["port"], row["connections"]) == ("10.100.0.2", 10001, 1) and row["bytes"] > 3000


def test_a_box_has_a_port_for_each_address(site):
    assert (site.port("bob", 1), site.port("carol", 1)) == (10003, 10005)
    assert site.ssh("bob", WAN6, WHERE, port=site.port("bob", 1)).stdout.split()[2] == "fd00:100::3"
    assert site.ssh("carol", WAN4, WHERE, port=site.port("carol")).stdout.split()[2] == LAN_BOX4
    assert site.ssh("carol", WAN6, WHERE, port=site.port("carol", 1)).stdout.split()[2] == "2001:db8:10::2"


def test_a_jump_leads_to_the_own_box(site):
    assert site.ssh("alice", "10.100.0.2", WHERE, jump="alice").stdout.split()[2] == "10.100.0.2"
    assert site.ssh("bob", "fd00:100::3", WHERE, jump="bob").stdout.split()[2] == "fd00:100::3"
    assert site.ssh("carol", LAN_BOX4, WHERE, jump="carol").stdout.split()[2] == LAN_BOX4
    assert site.ssh("carol", "2001:db8:10::2", WHERE, jump="carol").stdout.split()[2] == "2001:db8:10::2"


@pytest.mark.parametrize("address,port", [("10.100.0.3", 22), (LAN_BOX4, 22), ("10.100.0.2", 80), ("127.0.0.1", 22), ("198.51.100.13", 22)])
def test_a_jump_leads_nowhere_else(site, address, port):
    refused = site.ssh("alice", address, "true", jump="alice", port=port, expect=255)
    assert "stdio forwarding failed" in refused.stderr
    assert f"to connect to host {address} port {port}, but the request was denied" in site.jump.output()


def test_the_jump_host_has_no_shell_and_no_other_forwarding(site):
    def asks(*words, options=()):
        return site.ssh("alice", WAN4, *words, options=options, expect=None)
    assert asks("id").returncode == 1 and not asks("id").stdout
    assert "PTY allocation request failed" in asks(options=("-tt",)).stderr
    sftp = asks("sftp", options=("-s",))
    assert sftp.returncode != 0 and not sftp.stdout
    remote = asks(options=("-N", "-R", "4000:127.0.0.1:22", "-o", "ExitOnForwardFailure=yes"))
    assert remote.returncode == 255 and "remote port forwarding failed" in remote.stderr
    tunnel = asks("true", options=("-w", "0:0", "-o", "ExitOnForwardFailure=yes"))
    assert tunnel.returncode == 255


def test_a_key_of_another_user_opens_nothing(site):
    with_bobs = ("-o", f"IdentityFile={site.keys.directory}/bob", "-o", "IdentityFile=none")
    words = ["ssh", *with_bobs, "-o", "BatchMode=yes", "-o", "StrictHostKeyChecking=no", "-o", "UserKnownHostsFile=/dev/null", "-F", "none"]
    for port in (22, site.port("alice")):
        assert "Permission denied" in site.caller.run(*words, "-p", port, f"alice@{WAN4}", "true", expect=255).stderr


def test_ports_that_nobody_has_lead_nowhere(site):
    assert clients.tcp_outcome(site.caller, WAN4, 10900) != "answered"
    site.net.routes(f"10.100.0.0/29 via {WAN4}")
    assert clients.tcp_outcome(site.caller, "10.100.0.2", 22) != "answered", "a box is reached by its port alone"


def exceeded(site):
    return next(row["exceeded_packets"] for row in site.gateway.show("limits") if row["name"] == "ssh callers")


def test_attempts_are_limited_for_each_caller(site):
    site.gateway.apply(site.document(site.users(), rate="20pps"))
    before, port = exceeded(site), site.port("alice")

    def tries():
        site.ssh("bob", WAN4, "true", port=port, options=("-o", "ConnectionAttempts=1"), expect=None)
        return exceeded(site) > before
    eventually("what is too much is dropped", tries, within=30)
    assert site.ssh("alice", WAN4, "echo still", port=port, by=site.other).stdout == "still\n", "others have a bucket of their own"
    site.gateway.apply(site.document(site.users()))


def test_connections_are_told_with_who_and_where(site):
    eventually("earlier ones are told", lambda: site.told())
    before = len(site.told())
    lasting = site.caller.start(*site.words("bob", "10.100.0.3", f"{WHERE}; sleep 60", jump="bob"))
    inside = eventually("bob is there", lambda: lasting.output().split())
    caller = site.ssh("alice", WAN4, WHERE, port=site.port("alice")).stdout.split()

    def line(**wanted):
        return next((one for one in site.told(before) if wanted.items() <= one.items()), None)
    by_port, by_jump = {"way": "port", "source_port": int(caller[1])}, {"way": "jump", "source_port": int(inside[1])}
    eventually("both are told", lambda: line(**by_port) and line(**by_jump))
    port, jump = line(**by_port), line(**by_jump)
    assert (port["user"], port["source"], port["box"], port["outside_port"]) == ("alice", "198.51.100.11", "10.100.0.2", site.port("alice"))
    assert (jump["user"], jump["login"], jump["box"], jump["source"]) == ("bob", "bob", "10.100.0.3", inside[0])
    assert f"login bob of the gateway ({inside[0]}:{inside[1]}) is connected to box 10.100.0.3" in jump["message"]
    lasting.kill()


def test_an_endpoint_that_connects_from_inside_is_told_by_its_name(site):
    document = site.document(site.users())
    document["policies"].append({"name": "boxes", "from": "home", "to": "lan", "action": "accept"})
    site.gateway.apply(document)
    source = site.ssh("carol", LAN_BOX4, WHERE, by=site.boxes["alice"]).stdout.split()

    def line():
        return next((one for one in site.told() if one["source_port"] == int(source[1]) and one["way"] == "inside"), None)
    eventually("it is told", line)
    assert (line()["user"], line()["network"], line()["endpoint"], line()["box"]) == ("carol", "home", "abox", LAN_BOX4)
    site.gateway.apply(site.document(site.users()))
