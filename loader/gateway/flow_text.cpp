// SPDX-License-Identifier: GPL-2.0-or-later
#include "gateway/flow_text.hpp"

#include <fmt/format.h>
#include <netinet/in.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <limits>

#include "base/text.hpp"
#include "model/routing.hpp"

namespace sluice {
namespace {

constexpr std::string_view kNone = "-";
constexpr char kBetween = '\x1f';   // names of rules have blanks
constexpr size_t kWordsOfKey = 6, kWordsOfFlow = 24, kWordsOfProxied = kWordsOfFlow + 1;
constexpr size_t kUsualFlowText = 240;             // bytes
constexpr uint32_t kLongestTimeout = 10'000'000;   // seconds

// Reads the words of one text, each as what it has to be.
class WordsOfFlow {
 public:
  explicit WordsOfFlow(std::string_view text) : words_(split(text, kBetween)) {}

  bool are(size_t count) const { return words_.size() == count; }
  std::string_view text() { return words_[at_++]; }
  template <class Number>
  Number number() {
    const std::string_view word = text();
    Number value{};
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    good_ &= error == std::errc{} && end == word.data() + word.size();
    return value;
  }
  IpAddress address() {
    const auto read = IpAddress::parse(text());
    good_ &= read.has_value();
    return read.value_or(IpAddress{});
  }
  uint16_t named(std::optional<uint16_t> number) {
    good_ &= number.has_value();
    return number.value_or(0);
  }
  bool good() const { return good_; }

 private:
  std::vector<std::string_view> words_;
  size_t at_ = 0;
  bool good_ = true;
};

// Each behind what was before, but the first. Many flows begin in a second, and each has two dozen of them.
void add_word(std::string& text, std::string_view word) {
  if (!text.empty()) text += kBetween;
  text += word;
}

template <std::integral Number>
void add_word(std::string& text, Number number) {
  std::array<char, 24> digits;
  add_word(text, {digits.data(), std::to_chars(digits.begin(), digits.end(), number).ptr});
}

void add_word(std::string& text, const IpAddress& address) {
  if (!address.is_ipv4()) return add_word(text, address.to_string());
  std::array<char, 16> digits;
  char* end = digits.data();
  for (size_t at = 12; at < 16; ++at) {
    if (at > 12) *end++ = '.';
    end = std::to_chars(end, digits.end(), address.bytes()[at]).ptr;
  }
  add_word(text, {digits.data(), end});
}

template <class... Words>
void add_words(std::string& text, const Words&... words) {
  (add_word(text, words), ...);
}

void add_direction(std::string& text, const FlowDirection& way) {
  add_words(text, way.source, way.source_port, way.destination, way.destination_port, way.packets, way.bytes);
}

FlowDirection read_direction(WordsOfFlow& words) {
  FlowDirection way;
  way.source = words.address();
  way.source_port = words.number<uint16_t>();
  way.destination = words.address();
  way.destination_port = words.number<uint16_t>();
  way.packets = words.number<uint64_t>();
  way.bytes = words.number<uint64_t>();
  return way;
}

bool is_plausible(const FlowState& flow) {
  const auto one_family = [](const FlowDirection& way) {
    return way.source.is_ipv4() == way.destination.is_ipv4();
  };
  return one_family(flow.original) && one_family(flow.reply) && flow.timeout_seconds > 0 &&
         flow.timeout_seconds <= kLongestTimeout && can_move(flow) &&
         (!flow.proxied || flow.protocol == IPPROTO_TCP);
}

// What devices are called here, by the name that all nodes know.
const NodeInterfaces& own_devices(const Document& document) {
  static const NodeInterfaces kNone;
  if (!document.cluster) return kNone;
  const auto own = document.cluster->nodes.find(document.cluster->node);
  return own == document.cluster->nodes.end() ? kNone : own->second;
}

}   // namespace

void FlowNames::Table::add(uint32_t number, std::string name) {
  if (name == kNone) return;
  numbers_.emplace(name, number);
  names_.emplace(number, std::move(name));
}

std::string FlowNames::Table::name(uint32_t number) const {
  const auto at = names_.find(number);
  return at == names_.end() ? std::string(kNone) : at->second;
}

std::optional<uint32_t> FlowNames::Table::number(std::string_view name) const {
  const auto at = numbers_.find(name);
  return at == numbers_.end() ? std::nullopt : std::optional(at->second);
}

FlowNames::FlowNames(const Document& document, const NumberedRules& rules, const Observed& seen)
    : zones_(rules.zones) {
  vrfs_.add(SL_MAIN_VRF, std::string(kMainVrf));
  for (const Vrf& vrf : document.vrfs) vrfs_.add(vrf.table, vrf.name);
  const NodeInterfaces& own = own_devices(document);
  for (const auto& [shared, here] : own)
    if (const auto at = seen.links.find(here.device); at != seen.links.end())
      links_.add(at->second.index, shared);
  for (const auto& [name, link] : seen.links)   // a device that has another one's shared name is not meant
    if (!own.contains(name)) links_.add(link.index, name);
  for (const ObjectRow& row : rules.objects)
    objects_.add(row.number, fmt::format("{}/{}", row.kind, row.name));
}

std::string FlowNames::zone(uint16_t number) const {
  return number < zones_.size() && !zones_[number].empty() ? zones_[number] : std::string(kNone);
}

std::optional<uint16_t> FlowNames::zone_number(std::string_view name) const {
  const auto at = std::ranges::find(zones_, name);
  return at == zones_.end() ? std::nullopt : std::optional(static_cast<uint16_t>(at - zones_.begin()));
}

std::optional<uint16_t> FlowNames::vrf_number(std::string_view name) const {
  const auto number = vrfs_.number(name);
  return number ? std::optional(static_cast<uint16_t>(*number)) : std::nullopt;
}

bool can_move(const FlowState& flow) {
  const bool has_zones = flow.zone_in != 0 && flow.zone_out != 0 && flow.zone_in != kUnknownZone &&
                         flow.zone_out != kUnknownZone;
  return has_zones && flow.phase != FlowPhase::kHalfOpen;
}

std::string flow_text(const FlowState& flow, const FlowNames& names) {
  std::string text;
  text.reserve(kUsualFlowText);
  add_words(text, flow.protocol, static_cast<int>(flow.phase));
  add_direction(text, flow.original);
  add_direction(text, flow.reply);
  add_words(text, names.zone(flow.zone_in), names.zone(flow.zone_out), names.vrf(flow.vrf_in),
            names.vrf(flow.vrf_out), names.object(flow.policy), names.object(flow.nat),
            names.link(flow.ifindex_in), names.link(flow.ifindex_out), flow.idle_seconds,
            flow.timeout_seconds);
  if (flow.proxied) add_words(text, flow.shift);
  return text;
}

Result<FlowState> parse_flow(std::string_view text, const FlowNames& names) {
  WordsOfFlow words(text);
  FlowState flow;
  flow.proxied = words.are(kWordsOfProxied);
  if (!flow.proxied && !words.are(kWordsOfFlow))
    return fail("what another gateway says of a flow makes no sense");
  flow.protocol = words.number<uint8_t>();
  const auto phase = words.number<uint8_t>();
  if (phase > static_cast<uint8_t>(FlowPhase::kClosing)) return fail("a flow is in a state that is unknown");
  flow.phase = static_cast<FlowPhase>(phase);
  flow.original = read_direction(words);
  flow.reply = read_direction(words);
  flow.zone_in = words.named(names.zone_number(words.text()));
  flow.zone_out = words.named(names.zone_number(words.text()));
  flow.vrf_in = words.named(names.vrf_number(words.text()));
  flow.vrf_out = words.named(names.vrf_number(words.text()));
  flow.policy = names.object_number(words.text());
  flow.nat = names.object_number(words.text());
  flow.ifindex_in = names.link_index(words.text());
  flow.ifindex_out = names.link_index(words.text());
  flow.idle_seconds = words.number<uint32_t>();
  flow.timeout_seconds = words.number<uint32_t>();
  if (flow.proxied) flow.shift = words.number<uint32_t>();
  if (!words.good() || !is_plausible(flow))
    return fail("a flow of another gateway is none that the rules here have");
  return flow;
}

std::string key_text(const FlowKey& key, const FlowNames& names) {
  std::string text;
  add_words(text, key.protocol, names.vrf(key.vrf), key.source, key.source_port, key.destination,
            key.destination_port);
  return text;
}

Result<FlowKey> parse_key(std::string_view text, const FlowNames& names) {
  WordsOfFlow words(text);
  if (!words.are(kWordsOfKey)) return fail("what another gateway says of a flow makes no sense");
  FlowKey key;
  key.protocol = words.number<uint8_t>();
  key.vrf = words.named(names.vrf_number(words.text()));
  key.source = words.address();
  key.source_port = words.number<uint16_t>();
  key.destination = words.address();
  key.destination_port = words.number<uint16_t>();
  if (!words.good()) return fail("a flow of another gateway is none that the rules here have");
  return key;
}

}   // namespace sluice
