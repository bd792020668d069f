// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/flow_cells.hpp"

#include "cli/cells.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

std::string source_of(const json& direction) { return endpoint_at(direction, "source", "source_port"); }
std::string destination_of(const json& direction) {
  return endpoint_at(direction, "destination", "destination_port");
}

json sum(const json& flow, std::string_view key) {
  uint64_t total = 0;
  for (const std::string_view direction : {"original", "reply"}) {
    const auto part = natural(member(member(flow, direction), key));
    if (!part) return nullptr;
    total += *part;
  }
  return total;
}

json original_or_sum(const json& flow, std::string_view key, const Look& look) {
  return look.wide ? member(member(flow, "original"), key) : sum(flow, key);
}

}   // namespace

std::string flow_source(const json& flow, const Look&) { return source_of(member(flow, "original")); }
std::string flow_destination(const json& flow, const Look&) {
  return destination_of(member(flow, "original"));
}

std::string flow_translation(const json& flow, const Look&) {
  const auto& original = member(flow, "original");
  const auto& reply = member(flow, "reply");
  if (!reply.is_object()) return std::string(kNothing);
  std::string out;
  if (const auto seen = destination_of(reply); seen != source_of(original)) out = "from " + seen;
  if (const auto seen = source_of(reply); seen != destination_of(original))
    out += (out.empty() ? "to " : " to ") + seen;
  return out.empty() ? std::string(kNothing) : out;
}

std::string flow_packets(const json& flow, const Look& look) {
  return count_of(original_or_sum(flow, "packets", look), look);
}

std::string flow_bytes(const json& flow, const Look& look) {
  return bytes_of(original_or_sum(flow, "bytes", look), look);
}

std::string flow_reply_packets(const json& flow, const Look& look) {
  return count_at(member(flow, "reply"), "packets", look);
}

std::string flow_reply_bytes(const json& flow, const Look& look) {
  return bytes_at(member(flow, "reply"), "bytes", look);
}

}   // namespace sluice::cli
