// SPDX-License-Identifier: GPL-2.0-or-later
// The front end: where it listens, its certificates, which tokens are good, and how much is asked for.
#include <fmt/format.h>

#include <algorithm>

#include "base/number.hpp"
#include "base/text.hpp"
#include "config/address_values.hpp"
#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kFrontKeys[] = {"listen",       "http", "https",  "domain", "from",
                                           "certificates", "acme", "tokens", "limits"};
constexpr std::string_view kCertificateKeys[] = {"chain", "key"};
constexpr std::string_view kTokenKeys[] = {"algorithm", "key_file", "issuer",
                                           "audience",  "cookie",   "user_claim"};
constexpr std::string_view kRequestLimitKeys[] = {"public", "user"};
constexpr std::string_view kAlgorithms[] = {"HS256", "RS256", "ES256"};   // as TokenAlgorithm
constexpr uint32_t kMostRequests = 1'000'000;
constexpr std::chrono::seconds kLongestPeriod{3600};
constexpr size_t kLongestWord = 64, kLongestClaim = 256;

bool is_word_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

// What stands between quotes in the configuration of HAProxy.
bool is_claim_letter(char c) { return c > ' ' && c < 0x7f && c != '\'' && c != '"' && c != '\\'; }

std::string read_word_of_tokens(const Node& node, std::string_view what, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return {};
  if (!text->empty() && text->size() <= kLongestWord && std::ranges::all_of(*text, is_word_letter))
    return std::string(*text);
  complaints.say(node, fmt::format("{} is not the name of a {}", quote(*text), what),
                 fmt::format("1 to {} letters, digits, \"_\" and \"-\"", kLongestWord));
  return {};
}

std::string read_claim(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return {};
  if (!text->empty() && text->size() <= kLongestClaim && std::ranges::all_of(*text, is_claim_letter))
    return std::string(*text);
  complaints.say(
      node, fmt::format("{} is nothing that can be compared", quote(*text)),
      fmt::format("1 to {} visible characters of ASCII, without quotes and backslashes", kLongestClaim));
  return {};
}

void read_key_files(const Node& node, TokenRules& tokens, Complaints& complaints) {
  const Items items = read_one_or_list(node, complaints);
  for (const Node* item : items)
    if (std::string file = read_key_file(*item, complaints); !file.empty())
      tokens.key_files.push_back(std::move(file));
  limit_count(node, items.size(), kMostFrontKeys, "keys", complaints);
}

TokenRules read_tokens(const Node& node, Draft& draft) {
  const Members members(node, kTokenKeys, draft.complaints);
  TokenRules tokens;
  if (const Node* algorithm = members.require("algorithm"))
    if (const auto word = read_word(*algorithm, kAlgorithms, draft.complaints))
      tokens.algorithm = static_cast<TokenAlgorithm>(*word);
  if (const Node* files = members.require("key_file")) read_key_files(*files, tokens, draft.complaints);
  if (const Node* issuer = members.find("issuer")) tokens.issuer = read_claim(*issuer, draft.complaints);
  if (const Node* audience = members.find("audience"))
    tokens.audience = read_claim(*audience, draft.complaints);
  if (const Node* cookie = members.find("cookie"))
    tokens.cookie = read_word_of_tokens(*cookie, "cookie", draft.complaints);
  if (const Node* claim = members.find("user_claim"))
    tokens.user_claim = read_word_of_tokens(*claim, "claim", draft.complaints);
  return tokens;
}

void read_certificates(const Node& node, Front& front, Draft& draft) {
  for (const Node* item : read_list(node, draft.complaints)) {
    const Members members(*item, kCertificateKeys, draft.complaints);
    const Node *chain = members.require("chain"), *key = members.require("key");
    CertificateFiles files{chain ? read_key_file(*chain, draft.complaints) : "",
                           key ? read_key_file(*key, draft.complaints) : ""};
    if (std::ranges::find(front.certificates, files) != front.certificates.end())
      draft.complaints.say(*item, "the same certificate stands here twice");
    front.certificates.push_back(std::move(files));
  }
}

void read_limits_of_front(const Node& node, Front& front, Draft& draft) {
  const Members members(node, kRequestLimitKeys, draft.complaints);
  if (const Node* limit = members.find("public"))
    front.public_limit = read_request_limit(*limit, draft).value_or(front.public_limit);
  if (const Node* limit = members.find("user"))
    front.user_limit = read_request_limit(*limit, draft).value_or(front.user_limit);
}

void read_listen_of_front(const Node& node, Front& front, Draft& draft) {
  for (const Node* item : read_one_or_list(node, draft.complaints)) {
    const auto text = read_string(*item, draft.complaints);
    const auto address = text ? parse_address(*text, *item, draft.complaints) : std::nullopt;
    if (!address) continue;
    if (address->is_unspecified() || address->is_multicast())
      draft.complaints.say(*item, fmt::format("{} is not an address of the gateway", quote(*text)),
                           R"(such as "203.0.113.1")");
    else
      front.listen.push_back(*address);
  }
}

void read_ports_of_front(const Members& members, Front& front, Draft& draft) {
  const Node *http = members.find("http"), *https = members.find("https");
  if (http) front.http = static_cast<uint16_t>(read_count(*http, 1, 65535, draft.complaints).value_or(80));
  if (https)
    front.https = static_cast<uint16_t>(read_count(*https, 1, 65535, draft.complaints).value_or(443));
  if ((http || https) && front.http == front.https)
    draft.complaints.say(https ? *https : *http, "HTTP and HTTPS have the same port", "two ports");
}

}   // namespace

std::optional<RequestLimit> read_request_limit(const Node& node, Draft& draft) {
  const auto text = read_string(node, draft.complaints);
  if (!text) return std::nullopt;
  const size_t slash = std::min(text->find('/'), text->size());
  const auto requests = whole_number<uint32_t>(text->substr(0, slash));
  const auto period = slash < text->size() ? parse_duration(text->substr(slash + 1)) : std::nullopt;
  if (requests && *requests >= 1 && *requests <= kMostRequests && period && period->count() >= 1 &&
      *period <= kLongestPeriod)
    return RequestLimit{*requests, *period};
  draft.complaints.say(node, fmt::format("{} is not a limit of requests", quote(*text)),
                       R"(a number and a time of up to an hour, such as "100/1m")");
  return std::nullopt;
}

void read_front(const Node& node, Draft& draft) {
  const Members members(node, kFrontKeys, draft.complaints);
  if (node.kind != Kind::kObject) return;
  Front front{.line = draft.complaints.line_of(node)};
  if (const Node* listen = members.require("listen")) read_listen_of_front(*listen, front, draft);
  read_ports_of_front(members, front, draft);
  if (const Node* domain = members.find("domain"))
    front.domain = read_host_name(*domain, draft.complaints).value_or("");
  if (members.find("from")) front.from = read_side(members, "from", false, draft);
  if (const Node* certificates = members.find("certificates")) read_certificates(*certificates, front, draft);
  if (const Node* acme = members.find("acme")) front.acme = read_acme(*acme, draft);
  if (const Node* tokens = members.find("tokens")) front.tokens = read_tokens(*tokens, draft);
  if (const Node* limits = members.find("limits")) read_limits_of_front(*limits, front, draft);
  draft.front = {std::move(front), &node};
}

}   // namespace sluice::config
