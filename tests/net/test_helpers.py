# SPDX-License-Identifier: GPL-2.0-or-later
"""Protocols that other gateways want helpers for: what they need here is a filter, or nothing."""

import documents
import pytest
from lab import services
from lab.ftp import ftp_server
from lab.home import OUTSIDE4

CONTENT = b"not one byte is lost\n" * 5000


@pytest.fixture(scope="module", autouse=True)
def outside_servers(home):
    (home.lab.directory / "file").write_bytes(CONTENT)
    services.tftp_server(home.outside, home.lab.directory)
    ftp_server(home.outside, CONTENT)


def fetch(host, url, *options, seconds=5, expect=0):
    return host.run("curl", "-sS", "--noproxy", "*", "--max-time", seconds, *options, url, expect=expect,
                    quiet=True).stdout.encode()


@pytest.mark.parametrize("filtering", ["endpoint-independent", "address-dependent"])
def test_tftp_needs_a_filter_that_lets_the_servers_other_port_in(restored, hook, filtering):
    document = documents.home(hook)
    document["nat"]["masquerade"][0]["filtering"] = filtering
    restored.gateway.apply(document)
    assert fetch(restored.inside, f"tftp://{OUTSIDE4}/file") == CONTENT


def test_tftp_does_not_pass_the_strict_filter(home):
    before = home.gateway.drops().get("filtered", 0)
    fetch(home.inside, f"tftp://{OUTSIDE4}/file", seconds=1, expect=28)
    assert home.gateway.drops()["filtered"] > before


@pytest.mark.parametrize("mode", ["--ftp-pasv", "--disable-epsv"])
def test_passive_ftp_needs_nothing(home, mode):
    assert fetch(home.inside, f"ftp://{OUTSIDE4}/file", mode) == CONTENT
