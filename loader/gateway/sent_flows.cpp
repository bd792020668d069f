// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/sent_flows.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <random>

namespace sluice {
namespace {

// Of its timeout: so much older than it is others may think a flow to be.
constexpr uint32_t kPartsOfTimeout = 4;
constexpr uint32_t kLeastRenewal = 2;   // seconds

uint64_t secret() {
  static const uint64_t kSecret = [] {
    std::random_device device;
    return uint64_t{device()} << 32 | device();
  }();
  return kSecret;
}

uint64_t mix(uint64_t sum, uint64_t more) {
  sum = (sum ^ more) * 0x9e3779b97f4a7c15ULL;
  return sum ^ (sum >> 29);
}

uint64_t mix(uint64_t sum, const IpAddress& address) {
  std::array<uint64_t, 2> halves{};
  static_assert(sizeof(halves) == sizeof(address.bytes()));
  std::memcpy(halves.data(), address.bytes().data(), sizeof(halves));
  return mix(mix(sum, halves[0]), halves[1]);
}

uint64_t translation_of(const FlowState& flow) {
  const FlowDirection& back = flow.reply;
  const uint64_t ports = uint64_t{back.source_port} << 16 | back.destination_port;
  const uint64_t sum = mix(mix(mix(secret(), back.source), back.destination), ports);
  return mix(sum, uint64_t{flow.proxied} << 32 | flow.shift);
}

}   // namespace

size_t HashOfFlowKey::operator()(const FlowKey& key) const {
  const uint64_t rest = uint64_t{key.protocol} << 48 | uint64_t{key.vrf} << 32 |
                        uint64_t{key.source_port} << 16 | key.destination_port;
  return mix(mix(mix(secret(), key.source), key.destination), rest);
}

void SentFlows::begin(bool all, uint32_t now) {
  ++look_;
  now_ = now;
  all_ = all;
}

bool SentFlows::note(const FlowState& flow) {
  const uint32_t seen = now_ - std::min(now_, flow.idle_seconds);
  const uint64_t translation = translation_of(flow);
  const auto [at, is_new] = known_.try_emplace(key_of(flow));
  Known& known = at->second;
  known.look = look_;
  const uint32_t late = std::max(flow.timeout_seconds / kPartsOfTimeout, kLeastRenewal);
  const bool tells = all_ || is_new || known.phase != flow.phase || known.translation != translation ||
                     seen >= known.seen + late;
  if (!tells) return false;
  known.seen = seen;
  known.phase = flow.phase;
  known.translation = translation;
  return true;
}

std::vector<FlowKey> SentFlows::end() {
  std::vector<FlowKey> ended;
  for (auto at = known_.begin(); at != known_.end();) {
    if (at->second.look == look_) {
      ++at;
      continue;
    }
    ended.push_back(at->first);
    at = known_.erase(at);
  }
  return ended;
}

void SentFlows::forget() { known_.clear(); }

}   // namespace sluice
