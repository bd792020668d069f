# SPDX-License-Identifier: GPL-2.0-or-later
"""What is declared in one place and used in another is in both (docs/extending.md)."""
import json
import re

from house.tree import Complaint

SCHEMA, COMMANDS = "config/sluice.schema.json", "cli/commands.cpp"
VERB = re.compile(r"^Outcome (run_\w+)\(Call&", re.M)


def keys_of(schema):
    """The names of all properties, however deep."""
    if isinstance(schema, list):
        return {key for part in schema for key in keys_of(part)}
    if not isinstance(schema, dict):
        return set()
    own = schema.get("properties", {})
    return set(own if isinstance(own, dict) else ()).union(*(keys_of(part) for part in schema.values()))


def check_keys(files):
    """Whoever reads the document knows every key of the schema."""
    known = {file.path: file for file in files}
    if SCHEMA not in known:
        return
    readers = "".join(file.text for file in files if file.within("loader/config") and file.suffix == ".cpp")
    for key in sorted(keys_of(json.loads(known[SCHEMA].text))):
        if f'"{key}"' not in readers:
            yield Complaint(SCHEMA, 1, f"no file of loader/config/ reads the key {key}")


def check_verbs(files):
    """Every verb has a row in the table of commands."""
    rows = "".join(file.text for file in files if file.path == COMMANDS)
    for file in files:
        if not (file.within("cli") and file.path.startswith("cli/cmd_") and file.suffix == ".cpp"):
            continue
        for verb in VERB.findall(file.text):
            if not re.search(rf"\b{verb}\b", rows):
                yield Complaint(file.path, 1, f"{verb} has no row in {COMMANDS}")
