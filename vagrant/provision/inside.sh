#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# inside.sh MACHINE: a host behind the gateway, with a web server. What is not the lab's goes another way (the provider's).
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

start_up "$@"
need curl:curl dig:bind9-dnsutils traceroute:traceroute ping:iputils-ping iperf3:iperf3
name_devices
configure_card lan < <(
  networkd_routes 192.168.10.1 203.0.113.0/24
  networkd_routes 2001:db8:10::1 2001:db8:f::/64
)
serve_http 8080
