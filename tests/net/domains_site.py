# SPDX-License-Identifier: GPL-2.0-or-later
"""A home whose hosts may go where names lead: an upstream that says where, and servers there."""

import documents
import pytest
from lab import Lab, clients, eventually, servers
from lab.dns_client import dig
from lab.dns_upstream import Upstream, rows
from lab.documents import policy
from lab.home import FAR4, OUTSIDE4

PORT = 8443
OTHERS = [f"198.51.100.{number}" for number in range(100, 130)]
DOMAINS = ["*.example.org", "only.example.net"]


@pytest.fixture(scope="module")
def lab(engine):
    """One for each engine."""
    with Lab("tc") as made:
        made.log.say(f"for {engine}")
        yield made


def named(engine, domains, grace="60s"):
    made = documents.carried_by(engine)
    made["resolver"] = {"upstreams": [OUTSIDE4], "grace": grace}
    made["policies"] = [policy("named", "lan", "internet", domains=domains), policy("rest", "lan", "internet", "reject"),
                        policy("dns", "lan", "host", protocol=["udp", "tcp"], ports=53)]
    made["names"] = {"own.example.org": "192.168.10.5"}
    return made


@pytest.fixture(scope="module")
def document(engine):
    return named(engine, DOMAINS)


@pytest.fixture(scope="module")
def site(home):
    """The lab with a server at `far`, and an upstream that says where it is under any name of example.org."""
    servers.tcp_peer_server(home.far, PORT)
    for address in OTHERS:
        home.far.addresses("eth0", f"{address}/24")
    home.upstream = Upstream(home.outside, OUTSIDE4)
    say(home, "ready.example.com", "A", FAR4)
    eventually("names are resolved", lambda: dig(home.inside, "ready.example.com") == [FAR4])
    return home


@pytest.fixture
def again(site, document):
    yield site
    site.gateway.apply(document)


def say(site, name, kind, *values, ttl=300):
    site.upstream.answers[name, kind] = [rows(name, kind, *values, ttl=ttl)]


def reaches(host, address, port=PORT):
    return clients.tcp_outcome(host, address, port) == "answered"


def opened(site, name="named"):
    return {row["address"] for row in site.gateway.show("names") if row["origin"] == f"policy {name}"}
