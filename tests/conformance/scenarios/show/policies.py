# SPDX-License-Identifier: GPL-2.0-or-later
"""`show policies` has every policy in its order, and the default at the end."""


def scenario(house):
    shown = house.show("policies")
    assert [row["name"] for row in shown] == ["no-telnet", "lan-out", "lan-ping", "ping", "admin-ssh", "web6",
                                              "mail-in", "default"]
    first, last = shown[0], shown[-1]
    assert (first["from"], first["to"], first["action"]) == (["lan"], ["internet"], "reject")
    assert last["action"] == "drop"
    assert all(isinstance(row[count], int) for row in shown[:-1]
               for count in ("flows", "packets", "bytes", "line"))
