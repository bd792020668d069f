# SPDX-License-Identifier: GPL-2.0-or-later
"""Who has which address: config/examples/home.json and branch.json, vagrant/provision/nics.txt."""

OUTSIDE4, OUTSIDE6 = "203.0.113.9", "2001:db8:f::9"
WAN4, LAN4, LAN6 = "203.0.113.1", "192.168.10.1", "2001:db8:10::1"
INSIDE4, INSIDE6 = "192.168.10.2", "2001:db8:10::2"
SITE_WAN4 = "203.0.113.20"
SITE_INSIDE4, SITE_INSIDE6 = "192.168.20.2", "2001:db8:20::2"
