# SPDX-License-Identifier: GPL-2.0-or-later
"""What draws docs/packet-path.svg: the sources read (sources), and shapes put on a page (page)."""
