# SPDX-License-Identifier: GPL-2.0-or-later
"""What an operator sees with bpftool: every table has named fields, every program a readable name."""

import json

import pytest
from lab import clients, servers
from lab.home import OUTSIDE4, OUTSIDE6


@pytest.fixture(scope="module", autouse=True)
def traffic(home):
    servers.tcp_peer_server(home.outside, 7000)
    return [clients.EchoedConnection(home.inside, address, 7000) for address in (OUTSIDE4, OUTSIDE6)]


def bpftool(home, *argv):
    return json.loads(home.gateway.run("bpftool", "-j", *argv, quiet=True).stdout)


def pinned_maps(home):
    return [path for path in home.gateway.pins.iterdir() if path.is_file()]


def number(octets):
    return int.from_bytes(bytes(int(octet, 16) for octet in octets), "little")


def generation(home, table):
    """The table in force behind a map of maps, whose own values are but numbers of maps."""
    entries = bpftool(home, "map", "dump", "pinned", table)
    return bpftool(home, "map", "show", "id", number(entries[0]["value"]))


def test_every_table_knows_the_types_of_its_fields(home):
    shown = {path: bpftool(home, "map", "show", "pinned", path) for path in pinned_maps(home)}
    assert len(shown) > 10
    tables = [generation(home, path) if table["type"] == "array_of_maps" else table
              for path, table in shown.items() if table["type"] not in ("devmap", "ringbuf")]
    assert not [table["name"] for table in tables if not table.get("btf_id")]


@pytest.mark.parametrize("table", ["flows4", "flows6"])
def test_flows_are_dumped_with_named_fields(home, table):
    entries = bpftool(home, "map", "dump", "pinned", home.gateway.pins / table)
    assert len(entries) >= 2
    fields = entries[0]["formatted"]
    assert isinstance(fields["key"], dict) and isinstance(fields["value"], dict)
    assert {"packets", "bytes"} <= set(fields["value"]), sorted(fields["value"])


def test_programs_carry_the_projects_name(home):
    programs = [bpftool(home, "prog", "show", "pinned", path)["name"]
                for path in (home.gateway.pins / "programs").iterdir()]
    assert programs and all(name.startswith("sluice") for name in programs), programs
