// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/reachability_lines.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <optional>
#include <span>
#include <utility>

#include "base/text.hpp"
#include "base/timestamp.hpp"
#include "cli/cells.hpp"
#include "cli/table.hpp"
#include "cli/terminal_text.hpp"

namespace sluice::cli {
namespace {

using nlohmann::json;
using std::chrono::system_clock;
using enum Align;

constexpr Column kNetworkRows[] = {
    {"NETWORK", text<"name">},
    {"PORT", text<"port">, kRight},
    {"PATH", text<"path">},
    {"CALLERS DIAL", text<"endpoint">},
};

constexpr Column kNatRows[] = {
    {"NAT", text<"kind">},
    {"OUTSIDE", text<"outside">},
    {"MAPPING", text<"mapping">},
    {"FILTERING", text<"filtering">},
};

constexpr Column kRouterRows[] = {
    {"NETWORK", text<"network">}, {"ROUTER", text<"status">},
    {"BY", text<"by">},           {"OUTSIDE", endpoint<"external_ip", "external_port">},
    {"ENDS", text<"ends">},       {"REASON", text<"reason">},
};

constexpr Column kSeenRows[] = {
    {"NETWORK", text<"network">},
    {"STUN", text<"status">},
    {"SEEN AS", text<"mapped">},
    {"SERVER", text<"server">},
};

std::string yes_or_no(const json& row, const Look&) { return member(row, "in_use") == true ? "yes" : "no"; }

constexpr Column kRelayRows[] = {
    {"RELAY", text<"name">},
    {"STATE", text<"state">},
    {"IN USE", yes_or_no},
    {"LATENCY MS", text<"latency_ms">, kRight},
    {"CALLERS DIAL", text<"endpoint">},
    {"REASON", text<"reason">},
};

constexpr Column kPeerRows[] = {
    {"PEER", text<"name">},   {"NETWORK", text<"network">},    {"PATH", text<"path">},
    {"STATE", text<"state">}, {"LAST HANDSHAKE", text<"age">}, {"FROM", text<"endpoint">},
};

std::optional<std::chrono::seconds> since(const json& time, system_clock::time_point now) {
  if (!time.is_string()) return std::nullopt;
  const auto at = parse_rfc3339(time.get_ref<const std::string&>());
  if (!at) return std::nullopt;
  return std::chrono::floor<std::chrono::seconds>(now) - *at;
}

// Clocks that were set meanwhile make it no shorter than nothing.
std::string ago(const json& time, system_clock::time_point now) {
  const auto passed = since(time, now);
  if (!passed) return std::string(kNothing);
  return format_duration(std::max(*passed, std::chrono::seconds(0))) + " ago";
}

std::string until(const json& time, system_clock::time_point now) {
  const auto passed = since(time, now);
  if (!passed) return std::string(kNothing);
  return *passed < std::chrono::seconds(0) ? "in " + format_duration(-*passed) : "now";
}

class Lines {
 public:
  explicit Lines(system_clock::time_point now) : now_(now) {}

  void add(std::string_view text, Tone tone = Tone::kPlain) { lines_.push_back({ascii_of(text), tone}); }

  void pair(std::string_view name, std::string_view value, Tone tone = Tone::kPlain) {
    add(fmt::format("{:<10}{}", name, value), tone);
  }

  // Below an empty line; nothing where there are no rows.
  void table(std::span<const Column> columns, const json& rows) {
    if (!rows.is_array() || rows.empty()) return;
    add("");
    Tone tone = Tone::kHead;
    std::string text = render_table(columns, rows, {});
    text.pop_back();   // the last line's end
    for (const std::string_view line : split(text, '\n')) add(line, std::exchange(tone, Tone::kPlain));
  }

  // `rows` with how long ago, or in how long, what is at `key` is, as `name`.
  json timed(json rows, std::string_view key, std::string_view name,
             std::string (*words)(const json&, system_clock::time_point)) const {
    for (json& row : rows)
      if (row.is_object()) row[std::string(name)] = words(member(row, key), now_);
    return rows;
  }

  std::vector<ViewLine> take() { return std::move(lines_); }
  system_clock::time_point now() const { return now_; }

 private:
  system_clock::time_point now_;
  std::vector<ViewLine> lines_;
};

void tell_path(Lines& lines, const json& status) {
  const json& path = member(status, "path");
  if (path.is_null()) return lines.add("The document in force has no \"reachability\".");
  const Tone tone = path == "none" ? Tone::kBad : path == "direct" ? Tone::kGood : Tone::kPlain;
  lines.pair("path", text_of(path), tone);
  lines.pair("endpoint", text_at(status, "endpoint"));
  lines.pair("NAT", text_at(status, "nat"));
  lines.pair("router", text_at(member(status, "upnp"), "router"));
}

void tell_name(Lines& lines, const json& dns) {
  if (!dns.is_object()) return;
  const bool failed = member(dns, "status") == "failed";
  lines.pair("name",
             fmt::format("{} to {}: {}{}", text_at(dns, "subdomain"), text_at(dns, "points_to"),
                         text_at(dns, "status"), failed ? ", " + text_at(dns, "reason") : ""),
             failed ? Tone::kBad : Tone::kPlain);
}

void tell_test(Lines& lines, const json& test) {
  if (!test.is_object() || natural(member(test, "number")).value_or(0) == 0) return;
  lines.pair("tested", member(test, "running") == true ? "just now: answers are waited for"
                                                       : ago(member(test, "ended"), lines.now()));
}

// Nearest first; those that nobody knows the latency of come last, as the document has them.
json by_latency(const json& relays) {
  if (!relays.is_array()) return json::array();
  std::multimap<double, json> sorted;
  for (const json& row : relays) {
    const json& latency = member(row, "latency_ms");
    sorted.emplace(latency.is_number() ? latency.get<double>() : std::numeric_limits<double>::max(), row);
  }
  json rows = json::array();
  for (const auto& [latency, row] : sorted) rows.push_back(row);
  return rows;
}

ViewLine fitted(ViewLine line, size_t width) {
  if (line.text.size() <= width) return line;
  line.text.resize(width);
  if (width > 1) line.text.back() = '>';   // more of it does not fit
  return line;
}

}   // namespace

std::vector<ViewLine> reachability_lines(const json& status, const json& relays,
                                         system_clock::time_point now) {
  Lines lines(now);
  const json& wireguard = member(status, "wireguard");
  tell_path(lines, status);
  tell_name(lines, member(status, "dns"));
  tell_test(lines, member(status, "test"));
  lines.table(kNetworkRows, member(wireguard, "networks"));
  lines.table(kNatRows, member(status, "layers"));
  lines.table(kRouterRows, lines.timed(member(member(status, "upnp"), "ports"), "until", "ends", until));
  lines.table(kSeenRows, member(member(status, "stun"), "ports"));
  lines.table(kRelayRows, by_latency(relays));
  lines.table(kPeerRows, lines.timed(member(wireguard, "peers"), "last_handshake", "age", ago));
  return lines.take();
}

Frame frame_of(const ViewLine& title, const std::vector<ViewLine>& body, const ViewLine& news,
               const ScreenSize& screen, size_t first) {
  const size_t around = news.text.empty() ? 3 : 4;   // the title, an empty line, news, the keys
  const size_t room = screen.height > around ? screen.height - around : 0;
  Frame frame;
  frame.first = std::min(first, body.size() > room ? body.size() - room : 0);
  const size_t shown = std::min(room, body.size() - frame.first);
  std::vector<ViewLine>& lines = frame.lines;
  lines.push_back(title);
  lines.insert(lines.end(), body.begin() + static_cast<ptrdiff_t>(frame.first),
               body.begin() + static_cast<ptrdiff_t>(frame.first + shown));
  lines.resize(lines.size() + room - shown + 1);
  if (!news.text.empty()) lines.push_back({ascii_of(news.text), news.tone});
  const bool scrolls = body.size() > room;
  lines.push_back(
      {scrolls ? "t test  r refresh  q quit  arrows: more" : "t test  r refresh  q quit", Tone::kHead});
  if (lines.size() > screen.height)
    lines.erase(lines.begin(), lines.begin() + static_cast<ptrdiff_t>(lines.size() - screen.height));
  for (ViewLine& line : lines) line = fitted(std::move(line), screen.width);
  return frame;
}

}   // namespace sluice::cli
