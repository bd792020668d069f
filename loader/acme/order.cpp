// SPDX-License-Identifier: GPL-2.0-or-later
#include "acme/order.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

namespace sluice {
namespace {

using nlohmann::json;

std::string line_of(const json& value) {
  return value.dump(-1, ' ', true, json::error_handler_t::replace) + "\n";
}

std::string text_in(const json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_string() ? at->get<std::string>() : std::string();
}

int64_t number_in(const json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_number_integer() ? at->get<int64_t>() : 0;
}

bool flag_in(const json& object, const char* name) {
  const auto at = object.find(name);
  return at != object.end() && at->is_boolean() && at->get<bool>();
}

// Base64 for URLs (RFC 4648 section 5), and the dot of a key authorization: they become words of HAProxy's.
bool is_token(std::string_view text) {
  return !text.empty() && text.size() <= 512 && std::ranges::all_of(text, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.';
  });
}

Result<json> object_of(std::string_view line) {
  json object = json::parse(line, nullptr, false);
  if (!object.is_object()) return fail("what is said of an order is none");
  return object;
}

}   // namespace

// A challenge of "*.example.org" is one of "example.org" (RFC 8555 section 8.4); uacme says the latter.
std::string challenge_update(const std::string& name, const std::string& answer, bool adds) {
  constexpr int kLifeOfRecord = 60;   // seconds
  const std::string record = fmt::format("_acme-challenge.{}.", name);
  return adds ? fmt::format("update add {} {} TXT \"{}\"", record, kLifeOfRecord, answer)
              : fmt::format("update delete {} TXT \"{}\"", record, answer);
}

std::string encode_order(const AcmeOrder& order) {
  json object = {
      {"directory", order.directory},     {"email", order.email},     {"ca", order.ca},
      {"account_key", order.account_key}, {"request", order.request}, {"certificate", order.certificate}};
  if (order.dns)
    object["dns"] = {{"server", order.dns->server},
                     {"port", order.dns->port},
                     {"zone", order.dns->zone},
                     {"key", order.dns->key},
                     {"wait", order.dns_wait.count()}};
  return line_of(object);
}

Result<AcmeOrder> decode_acme_order(std::string_view line) {
  const json object = TRY(object_of(line));
  AcmeOrder order{.directory = text_in(object, "directory"),
                  .email = text_in(object, "email"),
                  .ca = text_in(object, "ca"),
                  .account_key = text_in(object, "account_key"),
                  .request = text_in(object, "request"),
                  .certificate = text_in(object, "certificate"),
                  .dns = {}};
  if (const auto dns = object.find("dns"); dns != object.end()) {
    order.dns = DnsAccess{text_in(*dns, "server"), text_in(*dns, "zone"), text_in(*dns, "key"),
                          static_cast<uint16_t>(number_in(*dns, "port"))};
    order.dns_wait = std::chrono::seconds(number_in(*dns, "wait"));
  }
  return order;
}

std::string encode_challenge(const AcmeChallenge& challenge) {
  return line_of({{"begins", challenge.begins}, {"token", challenge.token}, {"answer", challenge.answer}});
}

std::string encode_outcome(const AcmeOutcome& outcome) {
  json object = {{"chain", outcome.chain},
                 {"account_key", outcome.account_key},
                 {"error", outcome.error},
                 {"is_limited", outcome.is_limited}};
  if (outcome.not_before) object["not_before"] = outcome.not_before->time_since_epoch().count();
  return line_of(object);
}

Result<AcmeSaying> decode_acme_saying(std::string_view line) {
  const json object = TRY(object_of(line));
  if (!object.contains("token")) {
    AcmeOutcome outcome{text_in(object, "chain"), text_in(object, "account_key"), text_in(object, "error"),
                        flag_in(object, "is_limited"), std::nullopt};
    if (object.contains("not_before"))
      outcome.not_before = std::chrono::sys_seconds(std::chrono::seconds(number_in(object, "not_before")));
    return outcome;
  }
  AcmeChallenge challenge{flag_in(object, "begins"), text_in(object, "token"), text_in(object, "answer")};
  if (!is_token(challenge.token) || !is_token(challenge.answer)) return fail("a challenge is none");
  return challenge;
}

}   // namespace sluice
