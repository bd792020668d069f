// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/bind_outer.hpp"

namespace sluice {
namespace {

std::string tunnel_in(const Document& document, const std::string& vrf) {
  for (const Interface& one : document.interfaces)
    if (one.vrf == vrf && std::holds_alternative<Wireguard>(one.made)) return one.name;
  return "";
}

}   // namespace

void bind_outer(Document& document) {
  const auto bind = [&](auto* tunnel) {
    if (tunnel && !tunnel->vrf.empty()) tunnel->lower = tunnel_in(document, tunnel->vrf);
  };
  for (Interface& one : document.bridged) {
    bind(std::get_if<Vxlan>(&one.made));
    bind(std::get_if<Gretap>(&one.made));
  }
}

}   // namespace sluice
