# SPDX-License-Identifier: GPL-2.0-or-later
"""What the pinned table `config` says of the programs (struct sl_config, maps/config.h), changed as another release would."""

import json


def dump_config(gateway):
    """The bytes of sl_config as bpftool prints them, and where among them `abi` stands."""
    path = gateway.pins / "config"
    row = json.loads(gateway.run("bpftool", "-j", "map", "dump", "pinned", path, quiet=True).stdout)[0]
    fields = row["formatted"]["value"]
    at = 4 * 2 + 4 * len(fields["timeout"]) + 4 + 2 * 8 + 8
    assert int(row["value"][at], 16) == fields["abi"]
    return row["value"], at


def write_config(gateway, value):
    gateway.run("bpftool", "map", "update", "pinned", gateway.pins / "config", "key", "hex", *4 * ["00"], "value", "hex",
                *[byte.removeprefix("0x") for byte in value], quiet=True)


def with_another(value, at):
    return [*value[:at], hex(int(value[at], 16) ^ 1), *value[at + 1:]]


def make_of_another_release(gateway):
    """Tables of another layout. Answers what was there before."""
    mine, abi = dump_config(gateway)
    write_config(gateway, with_another(mine, abi))
    return mine


def make_of_another_build(gateway):
    """The same tables, loaded with other programs: the next apply exchanges those."""
    mine, abi = dump_config(gateway)
    build = abi + 4 + 4
    write_config(gateway, with_another(mine, build))
