# SPDX-License-Identifier: GPL-2.0-or-later
"""What scenarios are written with: see docs/testing.md."""

from lab import clients, eventually, servers
from lab.documents import forward, masquerade, policy, static

from .counts import flow, flow_is_gone, mapping, matches, remembered_for
from .documents import (DMZ4, ONLY_IN, TENANT4, TENANT6, TENANT_GATEWAY4, TENANT_GATEWAY6, dmz, limit, limits, tenants,
                        through, without)
from .silence import assert_dropped, assert_rejected, assert_silent

__all__ = ["DMZ4", "ONLY_IN", "TENANT4", "TENANT6", "TENANT_GATEWAY4", "TENANT_GATEWAY6", "assert_dropped",
           "assert_rejected", "assert_silent", "clients", "dmz", "eventually", "flow", "flow_is_gone", "forward",
           "limit", "limits", "mapping", "masquerade", "matches", "policy", "remembered_for", "servers", "static", "tenants", "through",
           "without"]
