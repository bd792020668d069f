# SPDX-License-Identifier: GPL-2.0-or-later
"""`status` says which engine carries the traffic, and counts what the document has."""

from harness import matches


def scenario(house):
    status = house.gateway.json("status")
    assert matches(status, {"schema_version": 1, "state": "running", "engine": house.variant.engine,
                            "degraded": [], "counts": {"policies": 7, "forwards": 4}})
    assert {(row["name"], row["zone"], row["state"]) for row in status["interfaces"]} == {
        ("wan", "internet", "up"), ("lan", "lan", "up")}
    assert status["revision"] >= 1 and status["since"].endswith("Z")
    assert {"flows", "mappings"} <= set(status["counts"])
