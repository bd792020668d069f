#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-or-later
"""Writes docs/configuration.md from config/sluice.schema.json, compares it (--check), or writes the manual page (--man FILE)."""
import argparse
import difflib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
SCHEMA = ROOT / "config" / "sluice.schema.json"
PAGE = ROOT / "docs" / "configuration.md"

HEAD = """# The document

<!-- Written by docs/generate_configuration.py from config/sluice.schema.json; edit the schema. -->

{description}

Editors complete and check a document that begins with `"$schema"`. `sluice fmt FILE` lays it out. Complete examples, with
comments: [minimal](../config/examples/minimal.json), [home](../config/examples/home.json), [dmz](../config/examples/dmz.json),
[provider](../config/examples/provider.json), [branch](../config/examples/branch.json),
[container host](../config/examples/container-host.json), [one with bridges](../config/examples/container-bridges.json), [two sites](../config/examples/two-sites.json),
[office with three VLANs](../config/examples/office.json), [pod host with ten tenants](../config/examples/pod-host.json), [platform of pods](../config/examples/pod-platform.json),
[blocklist in a file of its own](../config/examples/blocklist/blocklist.json), [secure internet](../config/examples/secure-internet.json),
[remote resource](../config/examples/remote-resource.json), [sites](../config/examples/l3vpn.json),
[sites that speak BGP](../config/examples/l3vpn-bgp.json), [or OSPF](../config/examples/l3vpn-ospf.json),
[grid of machines](../config/examples/grid.json), [front end for sites](../config/examples/front.json),
[ports on request](../config/examples/mapping-requests.json), [a box behind somebody else's NAT](../config/examples/device-behind-nat.json),
[a relay](../config/examples/relay.json), [a box that is reached through it](../config/examples/relay-box.json), [SSH to boxes](../config/examples/ssh-inside.json), [several gateways with one document](../config/examples/edge-cluster.json),
[the same behind routers](../config/examples/edge-cluster-routers.json),
[both at once](../config/examples/edge-cluster-carrying.json),
[a wire between two sites](../config/examples/l2-point-to-point.json), [a LAN of many sites](../config/examples/l2-mesh.json).

What only `sluice check` sees: zones, sets and interfaces that are named but not there; prefixes with host bits set; ranges
that run backwards; the same name, address or port twice; networks, static mappings and forwards that overlap; sides that
differ in family or length; pools without a port for each host; masquerades that share an outside address and treat it
differently; policies that can never match (a warning); IPv6 prefixes that are translated and on no network of the document (a warning); networks and endpoints that share an address, a port, a key or a zone;
endpoints that have expired (a warning).
"""


class Schema:
    def __init__(self, text):
        self.root = json.loads(text)

    def resolve(self, node):
        """The node with what it refers to; its own words win."""
        while "$ref" in node or "allOf" in node:
            inner = [node] if "$ref" in node else node["allOf"]
            merged = {}
            for part in inner:
                name = part.get("$ref", "").rpartition("/")[2]
                merged.update(self.root["definitions"].get(name, part))
            own = {key: value for key, value in node.items() if key not in ("$ref", "allOf")}
            node = {**merged, **own}
        return node

    def kind(self, node):
        """What a value looks like, in a few words; definitions go by their names."""
        parts = node.get("allOf", [node])
        if "$ref" in parts[0]:
            return "*" + parts[0]["$ref"].rpartition("/")[2].replace("_", " ") + "*"
        if "enum" in node:
            return " or ".join(f"`{json.dumps(word)}`" for word in node["enum"])
        if "anyOf" in node:
            return " or ".join(dict.fromkeys(self.kind(part) for part in node["anyOf"]))
        if node["type"] == "array":
            return f"list of {self.kind(node['items'])}"
        return {"string": "text", "integer": "number", "boolean": "true or false"}.get(node["type"], node["type"])

    def words(self):
        """The definitions that stand for single values."""
        for name, node in self.root["definitions"].items():
            if node.get("type") not in ("array", "object"):
                yield name.replace("_", " "), node["description"]


def example(key, value):
    return f"`\"{key}\": {json.dumps(value, ensure_ascii=False)}`"


def entry(schema, path, key, node, required):
    """One key: what it is, what it means, how it is written."""
    kind, node = schema.kind(node), schema.resolve(node)
    facts = [kind, "required" if required else ""]
    if "default" in node:
        facts.append(f"default `{json.dumps(node['default'])}`")
    lines = [f"**`{path}{key}`** ({', '.join(fact for fact in facts if fact)})<br>", node["description"]]
    examples = [example(key, value) for value in node.get("examples", [])]
    if examples:
        lines[-1] += "<br>"
        lines.append("For example " + ", ".join(examples))
    return "\n".join(lines)


def parts_of(schema, path, key, node):
    """The objects that live below a key: (path, node) of each."""
    node = schema.resolve(node)
    if "properties" in node:
        yield f"{path}{key}.", node
    if isinstance(node.get("additionalProperties"), dict):
        below = schema.resolve(node["additionalProperties"])
        if "properties" in below:
            yield f"{path}{key}.NAME.", below
    if node.get("type") == "array":
        below = schema.resolve(node["items"])
        if "properties" in below:
            yield f"{path}{key}[].", below


def keys_of(schema, path, node):
    """The entries of an object's keys, each followed by what lives below it."""
    for key, value in node["properties"].items():
        yield entry(schema, path, key, value, key in node.get("required", []))
        for deeper, below in parts_of(schema, path, key, value):
            yield from keys_of(schema, deeper, below)


def page(schema):
    blocks = [HEAD.format(description=schema.root["description"])]
    for key, value in schema.root["properties"].items():
        blocks.append(f"## {key}\n")
        blocks.append(entry(schema, "", key, value, key in schema.root["required"]) + "\n")
        for deeper, below in parts_of(schema, "", key, value):
            blocks.extend(block + "\n" for block in keys_of(schema, deeper, below))
    blocks.append("## Words\n")
    blocks.extend(f"- **{name}**: {description}" for name, description in schema.words())
    return "\n".join(blocks) + "\n"


MAN_HEAD = """.TH SLUICE.JSON 5 "" "sluice" "File Formats"
.SH NAME
sluice.json \\- what a machine is as a gateway, in one document
.SH DESCRIPTION
{description}
.PP
.BR sluice\\-check (1)
says everything that is wrong with a document,
.BR sluice\\-apply (1)
puts it in force.
"""
MAN_END = """.SH SEE ALSO
.BR sluice (1),
.BR sluiced (8)
"""


def roff(text):
    """Plain text for roff(7): without the marks of Markdown, and without anything that it would read as a request."""
    parts = re.sub(r"<br>$", "", text, flags=re.M).split("`")
    parts[::2] = [part.replace("*", "") for part in parts[::2]]   # emphasis, outside of code
    text = "".join(parts).replace("\\", "\\e").replace("-", "\\-")
    return re.sub(r"^(?=[.'])", r"\\&", text, flags=re.M)


def manual_entry(text):
    key, *rest = text.splitlines()
    return f".TP\n\\fB{roff(key)}\\fP\n" + "\n.br\n".join(roff(line) for line in rest)


def manual(schema):
    blocks = [MAN_HEAD.format(description=roff(schema.root["description"]))]
    for key, value in schema.root["properties"].items():
        blocks.append(f".SH {roff(key)}")
        blocks.append(manual_entry(entry(schema, "", key, value, key in schema.root["required"])))
        for deeper, below in parts_of(schema, "", key, value):
            blocks.extend(manual_entry(block) for block in keys_of(schema, deeper, below))
    blocks.append(".SH WORDS")
    blocks.extend(f".TP\n\\fB{roff(name)}\\fP\n{roff(description)}" for name, description in schema.words())
    return "\n".join(blocks) + "\n" + MAN_END


def check(wanted):
    there = PAGE.read_text(encoding="utf-8")
    if there == wanted:
        return 0
    difference = difflib.unified_diff(there.splitlines(True), wanted.splitlines(True), "docs/configuration.md", "schema")
    sys.stdout.writelines(difference)
    print("docs/configuration.md is not what the schema says: run docs/generate_configuration.py", file=sys.stderr)
    return 1


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--check", action="store_true", help="compare instead of writing")
    arguments.add_argument("--man", metavar="FILE", type=pathlib.Path, help="write the manual page sluice.json(5)")
    options = arguments.parse_args()
    schema = Schema(SCHEMA.read_text(encoding="utf-8"))
    if options.man:
        options.man.write_text(manual(schema), encoding="utf-8")
        return 0
    wanted = page(schema)
    if options.check:
        return check(wanted)
    PAGE.write_text(wanted, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
