# SPDX-License-Identifier: GPL-2.0-or-later
"""`show forwards` has every forward of the document, as it was written."""

from harness import matches

WANTED = {
    "web": {"listen": "203.0.113.1", "protocol": "tcp", "ports": "80", "to": "192.168.10.2:8080",
            "source": None},
    "range": {"listen": "203.0.113.1", "protocol": "tcp,udp", "ports": "30000-30010", "to": "192.168.10.2"},
    "private": {"ports": "2222", "source": "admins"},
    "web-six": {"listen": "2001:db8:f::1", "to": "[2001:db8:10::2]:8080"},
}


def scenario(house):
    shown = {row["name"]: row for row in house.show("forwards")}
    assert set(shown) == set(WANTED)
    for name, wanted in WANTED.items():
        assert matches(shown[name], wanted | {"state": "active"}), shown[name]
        assert all(isinstance(shown[name][count], int) for count in ("flows", "packets", "bytes"))
