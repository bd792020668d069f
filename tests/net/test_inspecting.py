# SPDX-License-Identifier: GPL-2.0-or-later
"""What an operator sees with bpftool: every table has named fields, every program a readable name."""

import ipaddress
import json
import stat

import pytest
import ways
from lab import clients, servers
from lab.home import INSIDE4, INSIDE6, OUTSIDE4, OUTSIDE6

hook = ways.one_hook


@pytest.fixture(scope="module", autouse=True)
def traffic(home):
    servers.tcp_peer_server(home.outside, 7000)
    return [clients.EchoedConnection(home.inside, address, 7000) for address in (OUTSIDE4, OUTSIDE6)]


def full(address):
    return ipaddress.ip_address(address).exploded


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
              for path, table in shown.items() if table["type"] not in ("devmap", "ringbuf", "perf_event_array")]
    assert not [table["name"] for table in tables if not table.get("btf_id")]


@pytest.mark.parametrize("table", ["flows4", "flows6"])
def test_flows_have_named_fields(home, table):
    place = bpftool(home, "map", "lookup", "pinned", home.gateway.pins / table, "key", 0, 0, 0, 0)
    fields = place["formatted"]["value"]
    assert {"state", "hash"} == set(fields["head"]["word"][1]["part"]), fields["head"]
    assert "source_port" in fields["key"][1] and {"packets", "bytes"} <= set(fields["flow"][1])


@pytest.mark.needs("map-text")
@pytest.mark.parametrize("table, client, far", [
    ("flows4", INSIDE4, OUTSIDE4), ("flows6", f"[{full(INSIDE6)}]", f"[{full(OUTSIDE6)}]")])
def test_flows_are_printed_when_their_text_is_read(home, table, client, far):
    lines = home.gateway.run("cat", home.gateway.pins / "text" / table, quiet=True).stdout.splitlines()
    there = [line for line in lines if line.startswith(f"6 {client}:") and f" > {far}:7000 vrf 0 leaves as " in line]
    back = [line for line in lines if line.startswith(f"6 {far}:7000 > ") and f" leaves as {far}:7000 > {client}:" in line]
    assert len(there) == 1 and len(back) == 1, lines
    packets = int(there[0].split(" packets ")[1].split()[0])
    assert packets >= 3 and " state 2 " in there[0], there


@pytest.mark.needs("map-text")
def test_the_text_is_the_gateways_alone(home):
    for path in (home.gateway.pins / "text").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    assert stat.S_IMODE(home.gateway.pins.stat().st_mode) == 0o700


def test_programs_carry_the_projects_name(home):
    programs = [bpftool(home, "prog", "show", "pinned", path)["name"]
                for path in (home.gateway.pins / "programs").iterdir()]
    assert programs and all(name.startswith("sluice") for name in programs), programs
