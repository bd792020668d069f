# SPDX-License-Identifier: GPL-2.0-or-later
"""A platform of pods: names behind the front, a resolver of their own, and hosts of the internet that they may ask for by name."""

import documents
from lab import HomeLab, Lab, clients, eventually, servers
from lab.dns_client import dig
from lab.dns_upstream import Upstream, rows
from lab.front import PROGRAM, FrontClient, Signer, certificate
from lab.home import FAR4, OUTSIDE4, WAN4
from lab.pods import PodHost

WEB, TLS, DNS, DNS_OVER_TLS = 3000, 443, 53, 853
DOMAIN = "pods.example.org"
WWW, FREE, OPEN = (f"{label}.{DOMAIN}" for label in ("web-app1-john", "web-app2-ann", "open-app2-ann"))
PODS = {
    "app1": {"owner": "john", "services": [{"name": "web", "port": WEB, "access": "owner"}],
             "egress": {"domains": ["*.example.net"], "ports": [TLS]}},
    "app2": {"owner": "ann", "services": [{"name": "web", "port": WEB}, {"name": "open", "port": WEB, "access": "public"}],
             "egress": {"domains": ["*.example.net"]}},
    "app3": {},
    "app4": {"egress": {"domains": ["*.example.net"], "ports": [DNS]}},
}


def document(engine, site, pods=None):
    made = documents.carried_by(engine)
    made["nat"]["forwards"] = []
    made["resolver"] = {"upstreams": [OUTSIDE4]}
    made["front"] = {"listen": [WAN4], "domain": DOMAIN, "certificates": [{"chain": str(site.chain), "key": str(site.chain_key)}],
                     "tokens": {"algorithm": "ES256", "key_file": site.key}, "limits": {"public": "100000/1m", "user": "100000/1m"}}
    return made | {"pods": PODS if pods is None else pods}


def serve(site):
    """In namespaces that are new."""
    site.pods = {name: PodHost(site.lab, name) for name in PODS}
    for name in ("app1", "app2"):
        site.pods[name].start("/usr/bin/python3", "-B", PROGRAM, WEB, name)


def platforms(engine):
    with Lab("tc") as lab:
        made = HomeLab(lab)
        made.signer = Signer()
        made.key = made.signer.public(lab.directory / "jwt.pub")
        made.chain, made.chain_key = certificate(lab.directory, "site", WWW, FREE, OPEN)
        made.gateway.start_daemon()
        made.gateway.apply(document(engine, made, {}))
        made.route_gateway()
        made.gateway.apply(document(engine, made))
        serve(made)
        for number in (WEB, TLS, DNS, DNS_OVER_TLS):
            servers.tcp_peer_server(made.far, number)
        made.upstream = Upstream(made.outside, OUTSIDE4)
        say(made, "www.example.net", FAR4)
        say(made, "ready.example.com", FAR4)
        made.client = FrontClient(made.outside, WAN4)
        eventually("names are resolved", lambda: answered(made, "app3", "ready.example.com") == [FAR4], within=20)
        yield made


def say(site, name, *values):
    site.upstream.answers[name, "A"] = [rows(name, "A", *values)]


def shown(site, name):
    return site.gateway.json("pod", "show", name)


def answered(site, pod, name):
    return dig(site.pods[pod], name, server=shown(site, pod)["gateway"])


def reaches(site, pod, port):
    return clients.tcp_outcome(site.pods[pod], FAR4, port) == "answered"


def status(site, host, user=None):
    return site.client.ask(host, token=site.signer.token(user) if user else None).status
