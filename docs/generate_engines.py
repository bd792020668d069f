#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes the table of docs/engines.md from loader/model/capability_table.hpp and
capability_networks.hpp, and compares it with the keys of the schema;
with --check fails when the page says something else."""
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
TABLE, OF_NETWORKS = (ROOT / f"loader/model/capability_{name}.hpp" for name in ("table", "networks"))
SCHEMA = ROOT / "config/sluice.schema.json"
PAGE = ROOT / "docs/engines.md"
ROW = re.compile(r'^    \{"([^"]*)", "((?:[^"\\]|\\.)*)", ([\w\']+), ([\w\']+), "((?:[^"\\]|\\.)*)"(?:, \w+)?\},$', re.M)
BEGIN = "<!-- Written by docs/generate_engines.py from loader/model/capability_table.hpp. -->\n"
END = "<!-- The end of what is written. -->\n"
NOT_LISTED = {"$schema", "version"}   # say nothing about traffic


def rows_of(file):
    text = file.read_text(encoding="utf-8")
    body = text[text.index("Capabilities[] = {"):text.index("// clang-format on")]
    found = ROW.findall(body)
    if len(found) != body.count("\n    {"):
        sys.exit(f"{file.name}: a row is not in the form that this script reads")
    return found


def rows():
    return rows_of(TABLE) + rows_of(OF_NETWORKS)


def ability(limit):
    words = {"kAll": "yes", "kNone": "no"}
    return words.get(limit) or f"at most {limit.replace(chr(39), ',')}"


def row_text(key, what, ebpf, nftables, remark):
    what, remark = (text.replace('\\"', '"') for text in (what, remark))
    thing = f"`{key}`: {what}" if what else f"`{key}`"
    return f"| {thing} | {ability(ebpf)} | {ability(nftables)} | {remark} |\n"


def keys_below(schema, node, path):
    """The keys of the document as docs/configuration.md spells them."""
    while "$ref" in node or "allOf" in node:
        part = node if "$ref" in node else node["allOf"][0]
        node = schema["definitions"][part["$ref"].rpartition("/")[2]]
    for key, below in node.get("properties", {}).items():
        yield f"{path}{key}"
        yield from keys_below(schema, below, f"{path}{key}.")
    if isinstance(node.get("additionalProperties"), dict):
        yield from keys_below(schema, node["additionalProperties"], f"{path}NAME.")
    if node.get("type") == "array":
        yield from keys_below(schema, node["items"], f"{path[:-1]}[].")


def check_keys(listed):
    schema = json.loads(SCHEMA.read_text(encoding="utf-8"))
    keys = set(keys_below(schema, schema, "")) - NOT_LISTED
    for key in sorted(keys - listed):
        sys.exit(f"{TABLE.name} does not say which engine can do {key}")
    for key in sorted(listed - keys):
        sys.exit(f"{TABLE.name}: {key} is not a key of the document")


def page():
    found = rows()
    check_keys({key for key, *_ in found})
    head = "| key | eBPF | nftables | |\n| --- | --- | --- | --- |\n"
    table = BEGIN + "\n" + head + "".join(row_text(*row) for row in found) + "\n" + END
    text = PAGE.read_text(encoding="utf-8")
    return text[:text.index(BEGIN)] + table + text[text.index(END) + len(END):]


def main():
    wanted = page()
    if "--check" not in sys.argv[1:]:
        PAGE.write_text(wanted, encoding="utf-8")
    elif PAGE.read_text(encoding="utf-8") != wanted:
        sys.exit("docs/engines.md is not what docs/generate_engines.py writes: run it")


main()
