// SPDX-License-Identifier: GPL-2.0-or-later
#include "plan/plan_forwarding.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice {
namespace {

// Writing "all" writes every device and "default", lo included: what follows is planned as if it had
// happened.
class Sysctls {
 public:
  Sysctls(const Observed& observed, Plan& plan) : values_(observed.sysctls), plan_(plan) {}

  std::string get(const std::string& path) const {
    const auto at = values_.find(path);
    return at == values_.end() ? "" : at->second;
  }

  void set(const std::string& path, const std::string& value) {
    const std::string previous = get(path);
    if (previous.empty() || previous == value) return;   // absent: this kernel has no such family
    plan_.steps.push_back(step::SetSysctl{path, value, previous});
    values_[path] = value;
  }

  void set_everywhere(const std::string& tree, const std::string& value) {
    const std::string all = tree + "/all/forwarding";
    if (get(all) == value || get(all).empty()) return;
    set(all, value);
    for (auto& [path, now] : values_)
      if (path.starts_with(tree + "/") && path.ends_with("/forwarding")) now = value;
  }

 private:
  std::map<std::string, std::string> values_;
  Plan& plan_;
};

std::string forwarding_of(std::string_view family, std::string_view device) {
  return fmt::format("net/{}/conf/{}/forwarding", family, device);
}

void switch_off_ipv4(const Observed& observed, Sysctls& sysctls) {
  sysctls.set_everywhere("net/ipv4/conf", "0");
  sysctls.set(forwarding_of("ipv4", "default"), "0");
  for (const auto& [name, link] : observed.links)
    if (name != "lo") sysctls.set(forwarding_of("ipv4", name), "0");
  sysctls.set(forwarding_of("ipv4", "lo"), "1");
}

// In IPv6 "all" alone decides whether the kernel forwards; a device's own value says whether it
// behaves as a router there (answers with the router flag, takes no router advertisements). Devices
// that sluice addresses are routers; others keep what they had.
void switch_off_ipv6(const Document& document, const Observed& observed, Sysctls& sysctls) {
  sysctls.set_everywhere("net/ipv6/conf", "0");
  for (const auto& [name, link] : observed.links) {
    const std::string path = forwarding_of("ipv6", name);
    const auto found = observed.sysctls.find(path);
    const auto addressed = [&](const Interface& i) { return i.name == name && !i.addresses.empty(); };
    const bool router = std::any_of(document.interfaces.begin(), document.interfaces.end(), addressed);
    if (name != "lo" && (router || (found != observed.sysctls.end() && found->second == "1")))
      sysctls.set(path, "1");
  }
  sysctls.set(forwarding_of("ipv6", "lo"), "1");
}

}   // namespace

void plan_forwarding(const Document& document, const Observed& observed, Plan& plan) {
  Sysctls sysctls(observed, plan);
  switch_off_ipv4(observed, sysctls);
  switch_off_ipv6(document, observed, sysctls);
}

}   // namespace sluice
