#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-or-later
# outside.sh MACHINE: the world: a web server with a file whose checksum is known, names, iperf3. It has routes to the inside
# networks by way of the gateways, as a hostile neighbour would.
set -euo pipefail
# shellcheck source-path=SCRIPTDIR source=common.sh
. "$(dirname "$0")/common.sh"

# Random content, so that nothing but the right bytes has the right checksum.
make_content() {
  [[ -e $LAB/content.sha256 ]] || head -c 10000000 /dev/urandom >"$LAB/content"
  (cd "$LAB" && sha256sum content >content.sha256)
}

# Only on the lab's card: a machine may have a resolver of its own.
serve_names() {
  need dnsmasq:dnsmasq-base
  run_unit sluice-lab-names <<'TEXT'
[Unit]
Description=Names of the lab
After=network.target

[Service]
ExecStart=/usr/sbin/dnsmasq --keep-in-foreground --conf-file=/dev/null --no-resolv --no-hosts --pid-file --user=root \
  --interface=wan --except-interface=lo --bind-dynamic --address=/www.example/203.0.113.9
Restart=on-failure
TEXT
}

serve_iperf() {
  need iperf3:iperf3
  run_unit sluice-lab-iperf <<'TEXT'
[Unit]
Description=iperf3 server of the lab

[Service]
ExecStart=/usr/bin/iperf3 --server
Restart=always
TEXT
}

start_up "$@"
need curl:curl
name_devices
configure_card wan < <(
  networkd_routes 203.0.113.1 192.168.10.0/24
  networkd_routes 2001:db8:f::1 2001:db8:10::/64
  networkd_routes 203.0.113.20 192.168.20.0/24
  networkd_routes 2001:db8:f::20 2001:db8:20::/64
)
make_content
serve_http 80
serve_names
serve_iperf
