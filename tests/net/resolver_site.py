# SPDX-License-Identifier: GPL-2.0-or-later
"""The home with a resolver, and the upstream that it asks."""


import documents
import pytest
from lab import eventually
from lab.dns_client import dig
from lab.dns_upstream import Upstream, rows
from lab.documents import policy
from lab.home import OUTSIDE4, WAN4

WEB4, SECOND_WEB4 = "198.51.100.80", "198.51.100.81"
NAMES = {"Apache.podplay.local": "172.20.0.10", "both.example.org": ["192.168.10.2", "2001:db8:10::2"]}


@pytest.fixture(scope="module", params=["tc"])
def hook(request):
    """The packet path knows nothing of names."""
    return request.param


def served(hook="tc", upstreams=(OUTSIDE4,)):
    made = documents.home(hook)
    made["resolver"] = {"upstreams": list(upstreams)}
    made["zones"] = {"lan": {"dns": True, "names": {"only.example.org": "192.168.10.9"}}}
    made["names"] = NAMES
    made["policies"].append(policy("dns", "lan", "host", protocol=["udp", "tcp"], ports=53))
    made["services"] = {"shop": {"listen": WAN4, "ports": 8081, "backends": [{"name": "one", "near": "192.168.10.2:8080"}]}}
    made["underlays"] = {"near": {"zone": "lan"}}
    return made


@pytest.fixture(scope="module")
def document(hook):
    return served(hook)


@pytest.fixture(scope="module")
def upstream(home):
    return Upstream(home.outside, OUTSIDE4)


@pytest.fixture(scope="module")
def names(home, upstream):
    """The lab, once names are resolved in it."""
    upstream.answers["ready.example.org", "A"] = [rows("ready.example.org", "A", WEB4)]
    eventually("names are resolved", lambda: dig(home.inside, "ready.example.org") == [WEB4])
    return home
