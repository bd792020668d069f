# SPDX-License-Identifier: GPL-2.0-or-later
"""With a `sticky_timeout` a source stays with its backend also when backends come and go; without one it goes where the table of
Maglev says, and back."""

import time

import documents
import pytest
from lab import clients, eventually, servers
from lab.floods import flood
from lab.home import INSIDE4, OTHER_OUTSIDE4, OUTSIDE4, SECOND4, WAN4

KEPT, PLAIN, SERVED = 8081, 8082, 8080
SERVICES = {"kept": KEPT, "plain": PLAIN}
LONG = {"sticky_timeout": "1h"}


def served(hook, timeout=None):
    made = documents.home(hook) | {"engine": "ebpf"}
    made["underlays"] = {"near": {"zone": "lan"}}
    rows = [{"name": name, "near": f"{address}:{SERVED}"} for name, address in (("one", INSIDE4), ("two", SECOND4))]
    made["services"] = {name: {"listen": WAN4, "protocol": ["tcp", "udp"], "ports": port, "sticky": "source", "backends": rows}
                        for name, port in SERVICES.items()}
    made["services"]["kept"] |= timeout or LONG
    return made


@pytest.fixture(scope="module")
def document(hook):
    return served(hook)


@pytest.fixture(scope="module")
def site(home):
    for host in (home.inside, home.second):
        servers.tcp_peer_server(host, SERVED)
        servers.udp_peer_server(host, SERVED)
    return home


def flows(gateway, service):
    return {row["backend"]: row["flows"] for row in gateway.show("services") if row["service"] == service}


def backend_of(site, service, address=OUTSIDE4, ask=clients.tcp_peer):
    """Where a new flow of the source is led."""
    before = flows(site.gateway, service)
    assert ask(site.outside, WAN4, SERVICES[service], source=(address, clients.unused_source()[1]))
    [backend] = [name for name, count in flows(site.gateway, service).items() if count > before[name]]
    return backend


class Drained:
    """The backend of each service takes no new flows for a while."""

    def __init__(self, site, **backends):
        self.site, self.backends = site, backends

    def _say(self, verb):
        for service, backend in self.backends.items():
            self.site.gateway.sluice("service", verb, service, backend)

    def __enter__(self):
        self._say("drain")

    def __exit__(self, *_):
        self._say("undrain")


def moved(site, **options):
    """Sources that went elsewhere while theirs was away: (where they were, where they went)."""
    was = {service: backend_of(site, service, **options) for service in SERVICES}
    with Drained(site, **was):
        went = {service: backend_of(site, service, **options) for service in SERVICES}
        assert all(went[service] != was[service] for service in SERVICES)
    return was, went


@pytest.mark.parametrize("address", [OUTSIDE4, OTHER_OUTSIDE4])
def test_a_source_stays_where_it_went(site, document, address):
    site.gateway.apply(document)
    was, went = moved(site, address=address)
    for ask in (clients.tcp_peer, clients.udp_peer):
        assert backend_of(site, "plain", address, ask) == was["plain"], "the table says so"
        assert backend_of(site, "kept", address, ask) == went["kept"]


def test_it_is_remembered_by_who_comes_next(site, document):
    """A kill, and rules that are put anew."""
    was, went = moved(site)
    site.gateway.daemon.kill()
    site.gateway.start_daemon()
    assert backend_of(site, "kept") == went["kept"]
    site.gateway.apply(document | {"timeouts": {"udp": "31s"}})
    assert backend_of(site, "kept") == went["kept"]
    site.gateway.apply(document)


def test_for_as_long_as_it_says(site, hook, document):
    site.gateway.apply(served(hook, {"sticky_timeout": "2s"}))
    was, went = moved(site)
    assert backend_of(site, "kept") == went["kept"]
    time.sleep(4)   # without a flow
    assert backend_of(site, "kept") == was["kept"]
    site.gateway.apply(document)


def test_who_makes_sources_up_takes_memory_and_no_service(site):
    """Those that are forgotten are led by the table."""
    moved(site)
    with flood(site.outside, site.gateway.mac("wan"), "udp", "invented", WAN4, KEPT, seconds=1, least=150_000):
        pass
    eventually("it is led somewhere", lambda: backend_of(site, "kept") in ("one", "two"))
    assert backend_of(site, "kept") == backend_of(site, "kept")
