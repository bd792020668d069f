# SPDX-License-Identifier: GPL-2.0-or-later
"""From every endpoint of four networks to every address of every other one, in every protocol and with sources of others, while
rules change: what turns up where it must not be says by itself who sent it and how.

The clients are hostile: their AllowedIPs are everything. That the scan is not blind shows in each phase: all that clients sent
has come out of the gateway's tunnels, where it is judged, and what may pass has arrived.
"""

import documents
import pytest
import ways
from lab.leak_scan import ENDPOINTS, EVERYBODY, Lie, Scan
from lab.marked import BARE, Mark

hook, engine = ways.hook, ways.engine   # of each way

WAYS = (("ebpf", "xdp"), ("nftables", "tc"))   # tunnels have tc with either hook
SEEN = ("udp", "syn", "echo")   # what must arrive where anything may
ICMP_KINDS = ("echo", "echo-reply", "unreachable", "exceeded", "redirect")
INTERNET = ("home", "guests")
GUESTS = ("visitor", "tourist")


@pytest.fixture(scope="module", params=WAYS, ids="-".join)
def way(request):
    return request.param


@pytest.fixture(scope="module")
def document(engine, hook):
    return documents.carried_by(engine, hook)


@pytest.fixture(scope="module")
def scan(lab, document):
    return Scan(lab, document)


def may_reach(sender):
    """{target: who hears it}."""
    sites = {"berlin": "berlin", "behind-berlin": "berlin", "paris": "paris", "behind-paris": "paris"}
    network = ENDPOINTS.get(sender)
    return {"home": {"gw-home": "gateway", "outside": "outside"}, "guests": {"gw-guests": "gateway", "outside": "outside"},
            "shop": {"inside": "inside"}, "company": {"gw-company": "gateway", "inside": "inside", **sites},
            None: {"outside": "outside", "gw-lan": "gateway"} if sender == "inside" else {"gw-wan": "gateway"}}[network]


def is_allowed(mark, receiver):
    if receiver == mark.sender:
        return True   # an answer, or an error
    if receiver == "gateway-icmp":
        if mark.kind not in ICMP_KINDS:
            return True   # an error about what left with the gateway's address tells nobody but the gateway
        receiver = "gateway"
    if receiver == "gateway" and mark.kind == "igmp" and mark.family == "4":
        return True   # the kernel is a member of groups on every link (docs/packet-path.md), and passes them on nowhere
    if mark.source != "own":
        return False
    if mark.phase == "switch" and mark.kind in BARE and mark.target == "outside" and {mark.sender, receiver} <= set(may_reach_outside()):
        return True   # an error about it, for who has its flow meanwhile: flows without ports to one address are one
    if mark.sender not in ENDPOINTS:
        return is_allowed_beside(mark, receiver)
    if mark.phase == "talk" and {mark.sender, mark.target, receiver} <= set(GUESTS):
        return True
    if ENDPOINTS[mark.sender] in INTERNET and mark.target in ("behind-berlin", "behind-paris") and mark.family == "6":
        return receiver == "outside"   # to a client that is an address of the internet
    return may_reach(mark.sender).get(mark.target) == receiver


def is_allowed_beside(mark, receiver):
    """Of the LAN and the outside, whose policies are those of the document."""
    if receiver == "gateway":
        return mark.kind in ICMP_KINDS and mark.target in (*may_reach(mark.sender), "gw-wan", "gw-lan", "all-hosts", "broadcast", "mdns")
    if mark.sender == "inside" and receiver == "outside":
        return True
    # What has no ports belongs to the flow that the receiver has begun, and is its answer.
    return (mark.kind in BARE and may_reach(receiver).get(mark.sender) == mark.sender
            and mark.target in ("gw-lan", "gw-wan", "inside" if receiver == "inside" else ""))


def may_reach_outside():
    return [name for name in (*ENDPOINTS, "inside") if "outside" in may_reach(name)]


def heard_by(receiver, kind):
    return "gateway-icmp" if receiver == "gateway" and kind in ICMP_KINDS else receiver


def required(senders=ENDPOINTS):
    """(receiver, mark) of what must arrive; nobody but a site has something behind it, and it does not send to that."""
    return [(heard_by(receiver, kind), Mark("", sender, target, family, kind, "own"))
            for sender in senders for target, receiver in may_reach(sender).items() if receiver != sender
            for family in "46" for kind in SEEN]


def leaks(scan):
    scan.ears.catch_up()
    return sorted({f"{mark} was heard at {receiver}" for receiver in scan.ears.heard if receiver != "arrived"
                   for mark in scan.ears.marks(receiver) if not is_allowed(mark, receiver)})


@pytest.fixture(autouse=True)
def tight(scan):
    """Whatever a test does, nothing was heard of anybody who must not be."""
    yield
    found = leaks(scan)
    assert not found, f"{len(found)} leaks:\n" + "\n".join(found[:60])


def alternating(scan, documents, times=1):
    """One apply after the other while everybody sends."""
    def run():
        for changes in [*documents * times, {}]:
            scan.apply(**changes)
    return run


def test_nothing_is_where_it_must_not_be(scan):
    scan.phase("still", required=required())


def test_nor_while_rules_change(scan):
    """Limits, another endpoint that is disabled and enabled, a policy, and a network that is taken away and comes back."""
    others = [name for name in ENDPOINTS if name != "tourist"]
    documents = [{"supplier": "80mbit"}, {"tourist": False}, {"supplier": "90mbit", "tourist": False, "without": "lan-ping"}]
    scan.phase("changes", alternating(scan, documents, 2), required(others), senders=(*others, "inside", "outside"))
    scan.reconnect("tourist")
    scan.phase("changed", required=required(["tourist"]), senders=("tourist",))


def test_nor_while_peers_may_talk_in_one_network(scan):
    """And when they may no more, it is as before."""
    among = [(other, Mark("", one, other, family, kind, "own")) for one, other in (GUESTS, GUESTS[::-1])
             for family in "46" for kind in SEEN]

    def heard_each_other():
        scan.apply(guests_talk=True)
        scan.wait_for_marks("talk", among)
        scan.apply()
        scan.apply(guests_talk=True)
        scan.apply()

    scan.phase("talk", heard_each_other, required())
    scan.phase("closed", required=required())


def test_nor_while_the_daemon_is_killed_and_starts_again(scan):
    def kill():
        scan.gateway.daemon.kill()
        scan.gateway.start_daemon()

    scan.phase("killed", kill, required())


def test_nor_while_another_engine_takes_over(scan, engine):
    other = {"ebpf": "nftables", "nftables": "ebpf"}[engine]
    scan.phase("switch", alternating(scan, [{"engine": other}]), required())


def test_nor_while_a_network_goes_and_comes_back(scan):
    others = [name for name, network in ENDPOINTS.items() if network != "guests"]
    scan.phase("gone", alternating(scan, [{"guests": False}]), required(others), arrives=False)
    for name in GUESTS:
        scan.reconnect(name)
    scan.listen_at_tunnels("wg-guests")
    scan.phase("back", required=required())


def test_nor_with_the_source_of_somebody_else(scan):
    """WireGuard drops what has a source that is not in AllowedIPs, so here all of them are, of one endpoint of each network. The
    daemon would take that back: it is away meanwhile.
    """
    liars = ("phone", "visitor", "supplier", "berlin")
    sources = {"free": None, "lan": "inside", "outside": "outside", "stranger": None, "gateway": None, "gw-lan": "gw-lan",
               **{name: name for name in EVERYBODY}}
    lies = {}
    scan.gateway.daemon.kill()
    for liar in liars:
        network = ENDPOINTS[liar]
        stranger = "paris" if network != "company" else "laptop"
        lies[liar] = [Lie(name, scan.targets[at or {"free": f"all-{network}", "stranger": stranger, "gateway": f"gw-{network}"}[name]])
                      for name, at in sources.items()]
        scan.let_everything_pass(liar)
    scan.phase("liars", required=required(liars), senders=liars, lies=lies)
    scan.gateway.start_daemon()
