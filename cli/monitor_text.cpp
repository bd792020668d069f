// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/monitor_text.hpp"

#include <fmt/format.h>

#include "base/text.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;

constexpr std::string_view kRed = "\x1b[31m", kGreen = "\x1b[32m", kYellow = "\x1b[33m", kPlain = "\x1b[0m";

// Empty: it has none.
std::string field(const json& row, const char* name) {
  const auto at = row.find(name);
  if (at == row.end() || at->is_null()) return {};
  return at->is_string() ? escape_for_terminal(at->get_ref<const std::string&>()) : at->dump();
}

// What there is of it, with words before.
std::string part(std::string_view before, const std::string& text) {
  return text.empty() ? std::string() : fmt::format("{}{}", before, text);
}

uint64_t amount(const json& row, const char* name) {
  const auto at = row.find(name);
  return at != row.end() && at->is_number_integer() && *at >= 0 ? at->get<uint64_t>() : 0;
}

std::string rule_of(const json& row) {
  const auto rule = row.find("rule");
  if (rule == row.end() || !rule->is_object()) return {};
  return fmt::format(" by {} \"{}\"{}", field(*rule, "kind"), field(*rule, "name"),
                     part(" line ", field(*rule, "line")));
}

std::string way_of(const json& row) {
  const std::string from = field(row, "from"), to = field(row, "to");
  return part(", ", from) + part(" > ", to);
}

std::string drop_in_words(const json& row) {
  return fmt::format("{} packets, {}: {}{}{}{}{}{}", format_count(amount(row, "packets")),
                     format_bytes(amount(row, "bytes")), field(row, "reason"), way_of(row),
                     part(" at ", field(row, "interface")), part(" from ", field(row, "source")),
                     rule_of(row), part(": ", field(row, "example")));
}

std::string end_of(const json& way, const char* address, const char* port) {
  const std::string number = field(way, port);
  std::string host = field(way, address);
  if (number.empty() || number == "0") return host;
  return host.find(':') == std::string::npos ? host + ":" + number : fmt::format("[{}]:{}", host, number);
}

std::string flow_in_words(const json& row) {
  const json& way = row["original"];
  std::string text = fmt::format("{} {} > {}{}", field(row, "protocol"), end_of(way, "source", "source_port"),
                                 end_of(way, "destination", "destination_port"),
                                 part(", ", field(row, "from_zone")) + part(" > ", field(row, "to_zone")));
  text += part(", policy ", field(row, "policy")) + part(", nat ", field(row, "nat"));
  if (row["event"] != "flow-ended") return text;
  const auto sum = [&](const char* name) { return amount(way, name) + amount(row["reply"], name); };
  return fmt::format("{}: {} packets, {}", text, format_count(sum("packets")), format_bytes(sum("bytes")));
}

std::string event_in_words(const json& row) {
  const std::string event = field(row, "event");
  if (row.contains("original") && row.contains("reply"))
    return fmt::format("{}: {}", event, flow_in_words(row));
  if (row.contains("message")) return field(row, "message");
  if (event == "others")
    return fmt::format("{} more flows have begun, and {} have ended", amount(row, "begun"),
                       amount(row, "ended"));
  return fmt::format("{} flows are too many to follow", with_commas(amount(row, "flows")));
}

std::string change_in_words(const json& row) {
  std::string text = fmt::format("{} {}: {}{}", field(row, "what"), field(row, "name"), field(row, "state"),
                                 part(", was ", field(row, "before")));
  for (const auto& [name, value] : row.items()) {
    const bool is_told = name == "what" || name == "name" || name == "state" || name == "before" ||
                         name == "time" || name == "schema_version";
    if (!is_told && !field(row, name.c_str()).empty())
      text += fmt::format(", {} {}", name, field(row, name.c_str()));
  }
  return text;
}

std::string health_in_words(const json& row) {
  return fmt::format("{}/{} by {} at {}: {}{}", field(row, "service"), field(row, "backend"),
                     field(row, "underlay"), field(row, "address"), field(row, "state"),
                     part(", ", field(row, "reason")));
}

std::string in_words(const json& row) {
  if (row.contains("lost"))
    return fmt::format("{} were lost: there were too many of them", field(row, "lost"));
  if (row.contains("event")) return event_in_words(row);
  if (row.contains("what")) return change_in_words(row);
  if (row.contains("backend")) return health_in_words(row);
  return drop_in_words(row);
}

std::string_view colour_of(const json& row) {
  const std::string word = row.contains("state") ? field(row, "state") : field(row, "event");
  for (const std::string_view good :
       {"up", "active", "running", "applied", "confirmed", "served", "direct", "flow-begun"})
    if (word == good) return kGreen;
  for (const std::string_view bad :
       {"down", "no-carrier", "missing", "gone", "failed", "blocked", "lost", "ended", "none", "expired"})
    if (word == bad) return kRed;
  return word.empty() ? kRed : kYellow;   // packets that are dropped
}

}   // namespace

std::string monitor_line(const json& row, bool colour) {
  constexpr size_t kClock = 11, kClockEnd = 19;   // of RFC 3339
  std::string time = field(row, "time");
  if (time.size() > kClockEnd) time = time.substr(kClock, kClockEnd - kClock);
  const std::string words = in_words(row);
  return colour ? fmt::format("{} {}{}{}", time, colour_of(row), words, kPlain)
                : fmt::format("{} {}", time, words);
}

std::string MonitorText::take(std::string_view piece) {
  std::string out;
  lines_.take(piece, [&](const json& row) { out += monitor_line(row, colour_) + "\n"; });
  return out;
}

}   // namespace sluice::cli
