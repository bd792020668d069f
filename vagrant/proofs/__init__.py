# SPDX-License-Identifier: GPL-2.0-or-later
"""What `vagrant/verify` proves, with real clients in the machines of the lab."""
