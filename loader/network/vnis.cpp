// SPDX-License-Identifier: GPL-2.0-or-later
#include "network/vnis.hpp"

#include <fmt/format.h>

#include "network/titles.hpp"

namespace sluice {
namespace {

constexpr uint32_t kStep = 4096;   // more than there are VLANs

class VniGiver {
 public:
  VniGiver(Document& document, const KnownVnis& known) : document_(document), known_(known) {}

  std::vector<std::string> run() {
    for (const Interface* interface : all_interfaces(document_))
      if (const auto* vxlan = std::get_if<Vxlan>(&interface->made))
        used_.try_emplace(vxlan->vni,
                          fmt::format("interface \"{}\" (line {})", interface->name, interface->line));
    for (const Network& network : document_.networks) claim(network);
    for (Network& network : document_.networks)
      if (const auto at = known_.of.find(network.name); lacks(network) && at != known_.of.end()) {
        network.vni = at->second;
        claim(network);
      }
    for (Network& network : document_.networks)
      if (const auto at = known_.given_back.find(network.name);
          lacks(network) && at != known_.given_back.end())
        take_again(network, at->second);
    for (Network& network : document_.networks)
      if (lacks(network)) give(network);
    return std::move(complaints_);
  }

 private:
  static bool lacks(const Network& network) { return network.type == NetworkType::kL2Mesh && !network.vni; }

  // One complaint for each of those that have some already.
  void claim(const Network& network) {
    std::set<std::string> told;
    for (const uint32_t vni : vnis_of(network)) {
      const auto [at, is_new] = used_.try_emplace(vni, title_of(network));
      if (is_new || !told.insert(at->second).second) continue;
      complaints_.push_back(fmt::format("{}: VNI {} is that of {}", title_of(network), vni, at->second));
    }
  }

  void take_again(Network& network, uint32_t vni) {
    network.vni = vni;
    for (const uint32_t one : vnis_of(network))
      if (used_.contains(one)) return network.vni.reset();
    claim(network);
  }

  static bool is_free(const auto& used, uint32_t first) {
    const auto at = used.lower_bound(first);
    const auto next = at == used.end() ? kLastVni + 1 : key_of(*at);
    return next >= first + kStep;
  }
  static uint32_t key_of(const std::pair<const uint32_t, std::string>& row) { return row.first; }
  static uint32_t key_of(uint32_t number) { return number; }

  void give(Network& network) {
    for (const bool spare : {true, false})
      for (uint32_t first = kStep; first < kLastVni; first += kStep) {
        if (!is_free(used_, first) || (spare && !is_free(known_.resting, first))) continue;
        network.vni = first;
        return claim(network);
      }
    complaints_.push_back(fmt::format("{}: no {} VNIs in a row are left", title_of(network), kStep));
  }

  Document& document_;
  const KnownVnis& known_;
  std::map<uint32_t, std::string> used_;
  std::vector<std::string> complaints_;
};

}   // namespace

std::vector<std::string> give_vnis(Document& document, const KnownVnis& known) {
  return VniGiver(document, known).run();
}

}   // namespace sluice
