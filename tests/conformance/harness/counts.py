# SPDX-License-Identifier: GPL-2.0-or-later
"""What sluice tells of itself: counters since a moment, and single rows of flows and mappings."""

from lab import eventually

COUNTED = ("flows", "packets", "bytes")
LIMITED = ("passed_packets", "passed_bytes", "exceeded_packets", "exceeded_bytes")


def _drops(gateway):
    counts = {}
    for row in gateway.get("/v1/show/drops")["drops"]:
        key = row["interface"], row["reason"]
        counts[key] = counts.get(key, 0) + row["packets"]
    return counts


def _rows(gateway, what):
    return {row["name"]: row for row in gateway.get(f"/v1/show/{what}")[what]}


class Gained:
    """What the counters gained since this was made, at the time of asking."""

    def __init__(self, gateway):
        self.gateway = gateway
        self.drops_before = _drops(gateway)
        self.rows_before = {what: _rows(gateway, what) for what in ("policies", "forwards", "limits")}

    def drops(self, device):
        """{reason: packets} of what came in by that device."""
        now = _drops(self.gateway)
        gained = {key: now[key] - self.drops_before.get(key, 0) for key in now}
        return {reason: count for (name, reason), count in gained.items() if name == device and count}

    def _row(self, what, name, counted=COUNTED):
        before, now = self.rows_before[what].get(name, {}), _rows(self.gateway, what)[name]
        return {key: now[key] - before.get(key, 0) for key in counted}

    def policy(self, name):
        return self._row("policies", name)

    def forward(self, name):
        return self._row("forwards", name)

    def limit(self, name):
        return self._row("limits", name, LIMITED)


def matches(row, wanted):
    """Whether the row has these values; dictionaries inside are compared by their wanted keys only."""
    return all(matches(row[key], value) if isinstance(value, dict) else row[key] == value
               for key, value in wanted.items())


def rows(house, what, **wanted):
    return [row for row in house.show(what) if matches(row, wanted)]


def _one_row(house, what, named, wanted):
    """The one row that has the values of `named`, once it has those of `wanted` as well."""
    def look():
        found = rows(house, what, **named)
        assert len(found) == 1, f"{len(found)} rows: {found}"
        assert matches(found[0], wanted), f"it is {found[0]}"
        return found[0]

    return eventually(f"{named} in `show {what}` is {wanted}", look, within=3)


def flow(house, port, **wanted):
    """The row of `show flows` with that source port, and of the wanted protocol, once it has the wanted values.

    An earlier ping may have an id that is the port's number: where hosts ping, the protocol tells them apart.
    """
    protocol = {"protocol": wanted["protocol"]} if "protocol" in wanted else {}
    return _one_row(house, "flows", {"original": {"source_port": port}, **protocol}, wanted)


def mapping(house, port, **wanted):
    """The row of `show mappings` with that inside port, once it has the wanted values."""
    return _one_row(house, "mappings", {"inside_port": port}, wanted)


def remembered_for(house, port, seconds, again):
    """Whether the flow lives that long after its next packet, which again() sends.

    It is asked for again: netfilter takes datagrams for answered when they go on for two seconds.
    """
    def look():
        again()
        left = flow(house, port)["expires_seconds"]
        assert seconds - 10 <= left <= seconds, f"it has {left} seconds"
        return True

    return eventually(f"the flow of port {port} is remembered for {seconds} seconds", look)


def flow_is_gone(house, port, within=3):
    return eventually(f"no flow of port {port} is shown",
                      lambda: not rows(house, "flows", original={"source_port": port}), within)
