// SPDX-License-Identifier: GPL-2.0-or-later
// Certificates that an authority is asked for: which one, who asks, and how names are validated.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kAcmeKeys[] = {"directory", "staging", "email", "ca_file", "dns"};
constexpr std::string_view kAcmeDnsKeys[] = {"server", "zones", "key_file", "wait"};
constexpr size_t kLongestEmail = 254, kMostAcmeZones = 64;
constexpr std::chrono::seconds kLongestWait{600};

bool is_email_letter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("@.-_+").contains(c);
}

std::string read_directory(const Node& node, Complaints& complaints) {
  return read_https_url(node, "the directory of an authority",
                        R"(such as "https://acme.example.org/directory")", complaints);
}

std::string read_email(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return {};
  const size_t at = text->find('@');
  if (text->size() <= kLongestEmail && std::ranges::all_of(*text, is_email_letter) &&
      std::ranges::count(*text, '@') == 1 && at > 0 && at + 1 < text->size() && !text->starts_with('-'))
    return std::string(*text);
  complaints.say(node, fmt::format("{} is not an address for mail", quote(*text)),
                 R"(such as "admin@example.org")");
  return {};
}

void read_zones_of_acme(const Node& node, AcmeDns& dns, Complaints& complaints) {
  const Items items = read_one_or_list(node, complaints);
  for (const Node* item : items)
    if (auto zone = read_host_name(*item, complaints)) dns.zones.push_back(std::move(*zone));
  limit_count(node, items.size(), kMostAcmeZones, "zones", complaints);
}

AcmeDns read_acme_dns(const Node& node, Draft& draft) {
  const Members members(node, kAcmeDnsKeys, draft.complaints);
  AcmeDns dns;
  if (const Node* server = members.require("server"))
    dns.server = read_dns_server(*server, draft).value_or(Endpoint{});
  if (const Node* zones = members.require("zones")) read_zones_of_acme(*zones, dns, draft.complaints);
  if (const Node* file = members.require("key_file")) dns.key_file = read_key_file(*file, draft.complaints);
  if (const Node* wait = members.find("wait"))
    if (const auto time = read_duration(*wait, draft.complaints, true)) {
      dns.wait = *time;
      if (*time > kLongestWait) draft.complaints.say(*wait, "it is too long a time", "10m at most");
    }
  return dns;
}

}   // namespace

Acme read_acme(const Node& node, Draft& draft) {
  const Members members(node, kAcmeKeys, draft.complaints);
  Acme acme;
  if (const Node* directory = members.require("directory"))
    acme.directory = read_directory(*directory, draft.complaints);
  if (const Node* staging = members.find("staging"))
    acme.staging = read_directory(*staging, draft.complaints);
  if (const Node* email = members.find("email")) acme.email = read_email(*email, draft.complaints);
  if (const Node* file = members.find("ca_file")) acme.ca_file = read_key_file(*file, draft.complaints);
  if (const Node* dns = members.find("dns")) acme.dns = read_acme_dns(*dns, draft);
  return acme;
}

}   // namespace sluice::config
