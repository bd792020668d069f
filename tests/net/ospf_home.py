# SPDX-License-Identifier: GPL-2.0-or-later
"""Fixtures of modules about sites that speak OSPF: a gateway (`home`) with the sites `berlin` and `paris`."""

import documents
import pytest
from lab.ospf_sites import OspfSite, with_ospf
from lab.phones import home_with_servers, own_routing_directory


def without_networks(document):
    return {key: value for key, value in document.items() if key != "networks"}


@pytest.fixture(scope="module")
def document(engine, hook):
    return with_ospf(documents.carried_by(engine, hook), "berlin", "paris")


@pytest.fixture(scope="module")
def home(lab, document):
    made = home_with_servers(lab, without_networks(document))
    own_routing_directory(made.gateway)
    made.gateway.apply(document)
    yield made
    made.gateway.sluice("cleanup", expect=None)   # the next lab's tunnel has the same name


@pytest.fixture(scope="module")
def sites(home):
    made = [OspfSite(home, "berlin", 2), OspfSite(home, "paris", 3)]
    return [site.has_state() for site in made]


@pytest.fixture(scope="module")
def berlin(sites):
    return sites[0]


@pytest.fixture(scope="module")
def paris(sites):
    return sites[1]
