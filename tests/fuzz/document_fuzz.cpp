// SPDX-License-Identifier: GPL-2.0-or-later
// Whatever the text: nothing crashes, and what is promised of an accepted text holds, plans of both engines
// included. Seeds: tests/golden/documents.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "../support/both_planners.hpp"
#include "config/config.hpp"

namespace {

using namespace sluice;

void require(bool promise) {
  if (!promise) std::abort();
}

bool is_accepted(std::string_view text) { return check_document(text, "fuzz.json").has_value(); }

void check_complaints(std::string_view text) {
  const auto result = check_document(text, "fuzz.json");
  if (result) return;
  require(!result.error().empty() && result.error().size() <= 101);
  for (const auto& complaint : result.error()) {
    require(complaint.line > 0 && complaint.column > 0 && !complaint.reason.empty());
    require(complaint.text.find('\x1b') == std::string::npos);
  }
}

void check_format(std::string_view text) {
  const auto once = format_document(text, "fuzz.json");
  if (!once) return;
  const auto twice = format_document(*once, "fuzz.json");
  require(twice && *twice == *once);
  require(is_accepted(text) == is_accepted(*once));
}

void check_edit(std::string_view text) {
  const ForwardEdit forward{"added-by-fuzz", {"udp"}, "192.0.2.77", "65000", "192.0.2.78", {}, "red"};
  const auto added = add_forward(text, "fuzz.json", forward);
  if (!added) return;
  const auto again = add_forward(*added, "fuzz.json", forward);
  require(again && *again == *added);
  const auto removed = remove_forward(*added, "fuzz.json", forward.name);
  require(removed.has_value());
  if (is_accepted(text)) require(is_accepted(*removed));
}

uint64_t ports_of(const Forward& forward) {
  uint64_t sum = 0;
  for (const PortRange& ports : forward.ports) sum += ports.size();
  return sum * forward.protocols.size();
}

// A row for each port of a shifted range, an address on a device for each of a pool: allowed, and not to be
// waited for.
bool is_small(const Document& document) {
  uint64_t rows = document.zones.size() * document.zones.size();
  for (const Forward& forward : document.forwards) rows += ports_of(forward);
  for (const StaticMapping& mapping : document.static_mappings)
    rows += mapping.outside.length + 9 > mapping.outside.address.bits() ? 256 : 1;
  for (const Masquerade& masquerade : document.masquerades)
    for (const AddressRange& range : masquerade.addresses) rows += range.size() <= 256 ? range.size() : 1;
  return rows < 2000;
}

void check_plans(std::string_view text) {
  auto checked = check_document(text, "fuzz.json");
  if (!checked || !is_small(checked->document)) return;
  const std::string complaint = test::BothPlanners(std::move(checked->document)).complain();
  if (!complaint.empty()) fmt::print(stderr, "{}\n", complaint);
  require(complaint.empty());
}

}   // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  check_complaints(text);
  check_format(text);
  check_edit(text);
  check_plans(text);
  return 0;
}
