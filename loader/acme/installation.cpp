// SPDX-License-Identifier: GPL-2.0-or-later
#include "acme/installation.hpp"

#include "kernel/program.hpp"

namespace sluice {

ProbeRow probe_acme() {
  ProbeRow row{.name = "acme", .state = ProbeState::kWarning};
  row.gain = "the front asks an authority for its certificates";
  if (!find_program("uacme")) {
    row.finding = "uacme is not installed";
    row.reason = "it is in none of the folders of programs";
    row.remedy = "install the package uacme";
    return row;
  }
  if (!find_program("nsupdate")) {
    row.finding = "uacme is installed, and nsupdate is not";
    row.reason = "it is in none of the folders of programs";
    row.remedy = "install the package bind9-dnsutils";
    row.gain = "names are validated by DNS-01 too";
    return row;
  }
  return {"acme", ProbeState::kGood, "uacme is installed, and asks for certificates", "", "", ""};
}

}   // namespace sluice
