// SPDX-License-Identifier: GPL-2.0-or-later
// How the backends of a service are asked. What a kind of check does not know is refused: a typing error
// would be a check of something else.
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/hex.hpp"
#include "base/number.hpp"
#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kCheckWords[] = {"none", "tcp", "http", "https", "udp", "icmp"};   // as CheckType
constexpr std::string_view kOfNone[] = {"type"};
constexpr std::string_view kOfTcp[] = {"type", "port", "interval", "timeout", "rise", "fall"};
constexpr std::string_view kOfIcmp[] = {"type", "interval", "timeout", "rise", "fall"};
constexpr std::string_view kOfUdp[] = {"type", "port", "interval", "timeout",
                                       "rise", "fall", "send",     "receive"};
constexpr std::string_view kOfHttp[] = {"type", "port", "interval", "timeout", "rise",
                                        "fall", "path", "expect",   "host",    "body"};
constexpr std::string_view kOfHttps[] = {"type", "port",   "interval", "timeout", "rise",       "fall",
                                         "path", "expect", "host",     "body",    "tls_verify", "ca_file"};
constexpr std::string_view kHex = "hex:";
constexpr size_t kLongestHttpPath = 1024, kLongestHttpHost = 253;
constexpr uint16_t kLeastStatus = 100, kMostStatus = 599;

Keys keys_of(CheckType type) {
  switch (type) {
    case CheckType::kNone: return kOfNone;
    case CheckType::kTcp: return kOfTcp;
    case CheckType::kHttp: return kOfHttp;
    case CheckType::kHttps: return kOfHttps;
    case CheckType::kUdp: return kOfUdp;
    case CheckType::kIcmp: return kOfIcmp;
  }
  return kOfNone;
}

std::optional<milliseconds> parse_milliseconds(std::string_view text) {
  uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const auto digits = static_cast<size_t>(end - text.data());
  if (error == std::errc() && digits <= 9 && text[0] != '0' && text.substr(digits) == "ms")
    return milliseconds(number);
  return parse_duration(text);
}

std::string text_of(milliseconds time) {
  return time.count() % 1000 ? fmt::format("{}ms", time.count())
                             : format_duration(std::chrono::duration_cast<std::chrono::seconds>(time));
}

std::optional<milliseconds> read_time_between(const Node& node, milliseconds least, milliseconds most,
                                              Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return std::nullopt;
  const auto time = parse_milliseconds(*text);
  if (time && *time >= least && *time <= most) return time;
  complaints.say(node,
                 time ? fmt::format("{} is not from {} to {}", quote(*text), text_of(least), text_of(most))
                      : fmt::format("{} is not a time", quote(*text)),
                 R"(a number with its unit, such as "500ms" or "2s")");
  return std::nullopt;
}

void read_times(const Members& members, HealthCheck& check, Complaints& complaints) {
  if (const Node* interval = members.find("interval"))
    check.interval = read_time_between(*interval, kShortestInterval, kLongestInterval, complaints)
                         .value_or(check.interval);
  check.timeout = std::min(check.timeout, check.interval);
  const Node* timeout = members.find("timeout");
  if (!timeout) return;
  const auto time = read_time_between(*timeout, kShortestTimeout, kLongestInterval, complaints);
  if (time && *time > check.interval)
    complaints.say(
        *timeout,
        fmt::format("{} is longer than the interval, which is {}", text_of(*time), text_of(check.interval)),
        "the interval at most");
  check.timeout = time.value_or(check.timeout);
}

void read_counts(const Members& members, HealthCheck& check, Complaints& complaints) {
  if (const Node* rise = members.find("rise"))
    check.rise = read_count(*rise, 1, kMostRise, complaints).value_or(check.rise);
  if (const Node* fall = members.find("fall"))
    check.fall = read_count(*fall, 1, kMostRise, complaints).value_or(check.fall);
  if (const Node* port = members.find("port"))
    check.port = static_cast<uint16_t>(read_count(*port, 1, 65535, complaints).value_or(0));
}

std::optional<uint16_t> parse_status(std::string_view text) {
  const auto number = whole_number<uint16_t>(text);
  return number && *number >= kLeastStatus && *number <= kMostStatus ? number : std::nullopt;
}

void read_expect(const Node& node, HealthCheck& check, Complaints& complaints) {
  if (node.kind == Kind::kNumber) {
    const auto status = read_count(node, kLeastStatus, kMostStatus, complaints);
    if (status) check.least_status = check.most_status = static_cast<uint16_t>(*status);
    return;
  }
  const auto text = read_string(node, complaints);
  if (!text) return;
  const size_t dash = std::min(text->find('-'), text->size());
  const auto least = parse_status(text->substr(0, dash));
  const auto most = dash == text->size() ? least : parse_status(text->substr(dash + 1));
  if (!least || !most || *least > *most)
    return complaints.say(node, fmt::format("{} is not a status of HTTP", quote(*text)),
                          R"(a number from 100 to 599, or a range such as "200-399")");
  check.least_status = *least;
  check.most_status = *most;
}

bool is_visible(char c) { return c > ' ' && c < 0x7f; }

// It goes into the first line of a request.
void read_path(const Node& node, HealthCheck& check, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return;
  if (text->starts_with('/') && text->size() <= kLongestHttpPath && std::ranges::all_of(*text, is_visible))
    check.path = *text;
  else
    complaints.say(
        node, fmt::format("{} is not a path of HTTP", quote(*text)),
        "it begins with a slash and has neither blanks nor characters beyond ASCII: they are written "
        "as %20");
}

bool is_of_host(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
         c == '_';
}

void read_host(const Node& node, HealthCheck& check, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return;
  const bool is_name =
      !text->empty() && text->size() <= kLongestHttpHost && std::ranges::all_of(*text, is_of_host);
  if (is_name || IpAddress::parse(*text))
    check.host = *text;
  else
    complaints.say(node, fmt::format("{} is not the name of a host", quote(*text)),
                   R"(a name without a port, such as "www.example.org")");
}

void read_ca_file(const Node& node, HealthCheck& check, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return;
  if (text->starts_with('/') && text->find('\0') == std::string_view::npos)
    check.ca_file = *text;
  else
    complaints.say(node, fmt::format("{} is not a whole path", quote(*text)), "one that begins with a slash");
}

std::string read_bytes(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return {};
  const auto bytes =
      text->starts_with(kHex) ? bytes_of_hex(text->substr(kHex.size())) : std::optional(std::string(*text));
  if (!bytes)
    complaints.say(node, fmt::format("{} is not bytes in hexadecimal digits", quote(*text)),
                   R"(two digits a byte, such as "hex:00ff")");
  else if (bytes->empty() || bytes->size() > kMostPayload)
    complaints.say(node, fmt::format("{} bytes", bytes->size()), fmt::format("1 to {}", kMostPayload));
  else
    return *bytes;
  return {};
}

void read_what_is_sent(const Members& members, HealthCheck& check, Draft& draft) {
  Complaints& complaints = draft.complaints;
  if (const Node* path = members.find("path")) read_path(*path, check, complaints);
  if (const Node* expect = members.find("expect")) read_expect(*expect, check, complaints);
  if (const Node* host = members.find("host")) read_host(*host, check, complaints);
  if (const Node* body = members.find("body")) check.body = read_bytes(*body, complaints);
  if (const Node* verify = members.find("tls_verify"))
    check.tls_verify = read_bool(*verify, complaints).value_or(true);
  if (const Node* file = members.find("ca_file")) read_ca_file(*file, check, complaints);
  if (const Node* receive = members.find("receive")) check.receive = read_bytes(*receive, complaints);
  const Node* send = check.type == CheckType::kUdp ? members.require("send") : nullptr;
  if (send) check.send = read_bytes(*send, complaints);
}

}   // namespace

HealthCheck read_health(const Node& node, Draft& draft) {
  HealthCheck check;
  const Node* type = expect_kind(node, Kind::kObject, draft.complaints)
                         ? require_member(node, "type", draft.complaints)
                         : nullptr;
  const auto word = type ? read_word(*type, kCheckWords, draft.complaints) : std::nullopt;
  if (!word) return check;
  check.type = static_cast<CheckType>(*word);
  const Members members(node, keys_of(check.type), draft.complaints);
  read_times(members, check, draft.complaints);
  read_counts(members, check, draft.complaints);
  read_what_is_sent(members, check, draft);
  if (!check.tls_verify && !check.ca_file.empty())
    draft.complaints.say(*members.find("ca_file"), "certificates that nobody verifies need none",
                         R"(without "tls_verify": false)");
  return check;
}

}   // namespace sluice::config
