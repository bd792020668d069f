// SPDX-License-Identifier: GPL-2.0-or-later
#include "pod/container_addresses.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <optional>

#include "model/network.hpp"
#include "network/device_names.hpp"

namespace sluice {
namespace {

constexpr uint64_t kMostPairs = 1 << 20;   // of an IPv6 subnet nobody walks through all

// The first pair begins with the address of the network, and is left out.
uint64_t last_pair(const Prefix& subnet) {
  const int bits = subnet.address.bits() - subnet.length - 1;
  return std::min((uint64_t{1} << std::min(bits, 62)) - 1, kMostPairs);
}

IpAddress upper_of(const Prefix& subnet, uint64_t pair) { return subnet.address.plus(2 * pair + 1); }

class ContainerPlacer {
 public:
  ContainerPlacer(Container& container, Containers& containers) : own_(container), containers_(containers) {}

  Result<> run(const std::set<std::string>& devices) {
    if (const Container* before = attached_before()) {
      own_.device = before->device;
      own_.since = before->since;
      if (before->subnet == own_.subnet && before->subnet6 == own_.subnet6 &&
          (!own_.asked || *own_.asked == before->address)) {
        own_.address = before->address;
        own_.address6 = before->address6;
        return {};
      }
    }
    TRY(give_addresses());
    if (own_.device.empty()) give_device(devices);
    return {};
  }

 private:
  const Container* attached_before() const {
    for (const Container& one : containers_.attached)
      if (is_same_attachment(one, own_)) return &one;
    return nullptr;
  }

  bool is_free(uint64_t pair) const {
    const IpAddress address = upper_of(own_.subnet, pair);
    const auto address6 = own_.subnet6 ? std::optional(upper_of(*own_.subnet6, pair)) : std::nullopt;
    return std::ranges::none_of(containers_.attached, [&](const Container& one) {
      return !is_same_attachment(one, own_) &&
             (pair_of_container(one.address) == pair_of_container(address) ||
              (address6 && one.address6 == address6));
    });
  }

  std::optional<uint64_t> next_free(uint64_t most) const {
    const auto at = containers_.last.find(own_.subnet);
    const uint64_t last = at == containers_.last.end() ? 0 : at->second;
    for (uint64_t step = 0; step < most; ++step)
      if (const uint64_t pair = (last + step) % most + 1; is_free(pair)) return pair;
    return std::nullopt;
  }

  Result<uint64_t> pair_of_asked(uint64_t most) const {
    const auto refuse = [&](std::string_view why) {
      return fail(fmt::format("{} cannot be given: {}", own_.asked->to_string(), why), ErrorKind::kUsage);
    };
    if (!own_.subnet.contains(*own_.asked))
      return refuse(fmt::format("it is not of {}", own_.subnet.to_string()));
    const uint32_t offset = own_.asked->ipv4() - own_.subnet.address.ipv4();
    if (offset / 2 == 0 || offset / 2 > most)
      return refuse(
          fmt::format("containers have addresses from {} on", own_.subnet.address.plus(2).to_string()));
    if (!is_free(offset / 2)) return refuse("another container, or the gateway towards it, has it");
    return offset / 2;
  }

  Result<> give_addresses() {
    const uint64_t most =
        std::min(last_pair(own_.subnet), own_.subnet6 ? last_pair(*own_.subnet6) : kMostPairs);
    const auto pair = own_.asked ? std::optional(TRY(pair_of_asked(most))) : next_free(most);
    if (!pair)
      return fail(fmt::format("no address is left in {}", own_.subnet.to_string()), ErrorKind::kUsage);
    if (!own_.asked) containers_.last[own_.subnet] = *pair;
    own_.address = own_.asked.value_or(upper_of(own_.subnet, *pair));
    own_.address6.reset();
    if (own_.subnet6) own_.address6 = upper_of(*own_.subnet6, *pair);
    return {};
  }

  void give_device(std::set<std::string> used) {
    for (const Container& one : containers_.attached) used.insert(one.device);
    std::string name = "ct-" + title_of(own_);
    std::ranges::replace_if(
        name, [](unsigned char c) { return !std::isalnum(c) && c != '_'; }, '-');
    own_.device = free_device(name.substr(0, kDeviceNameBytes), used);
  }

  Container& own_;
  Containers& containers_;
};

}   // namespace

Result<> place_container(Container& container, Containers& containers, const std::set<std::string>& devices) {
  return ContainerPlacer(container, containers).run(devices);
}

}   // namespace sluice
