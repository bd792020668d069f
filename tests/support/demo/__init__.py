# SPDX-License-Identifier: GPL-2.0-or-later
"""`./run demo`: the whole way of a packet, proven with real clients."""
