// SPDX-License-Identifier: GPL-2.0-or-later
// A name that follows the gateway: which one, and who is told where it leads.
#include <fmt/format.h>

#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kDynamicDnsKeys[] = {"name", "ttl", "url", "token_file", "ca_file", "rfc2136"};
constexpr std::string_view kDnsUpdateKeys[] = {"server", "zone", "key_file"};
constexpr uint32_t kUsualTtl = 60, kLongestTtl = 86400;   // seconds

DnsUpdates read_updates(const Node& node, const DynamicDns& dns, Draft& draft) {
  const Members members(node, kDnsUpdateKeys, draft.complaints);
  DnsUpdates updates;
  if (const Node* server = members.require("server"))
    updates.server = read_dns_server(*server, draft).value_or(Endpoint{});
  if (const Node* file = members.require("key_file"))
    updates.key_file = read_key_file(*file, draft.complaints);
  const Node* zone = members.require("zone");
  if (!zone) return updates;
  updates.zone = read_host_name(*zone, draft.complaints).value_or("");
  if (!updates.zone.empty() && !dns.name.empty() && dns.name != updates.zone &&
      !dns.name.ends_with("." + updates.zone))
    draft.complaints.say(*zone,
                         fmt::format("{} is not in the zone {}", quote(dns.name), quote(updates.zone)));
  return updates;
}

DnsProvider read_provider(const Node& url, const Members& members, Draft& draft) {
  DnsProvider provider;
  provider.url = read_https_url(url, "the address of updates", R"(such as "https://dns.example.org/update")",
                                draft.complaints);
  if (const Node* file = members.require("token_file"))
    provider.token_file = read_key_file(*file, draft.complaints);
  if (const Node* file = members.find("ca_file")) provider.ca_file = read_key_file(*file, draft.complaints);
  return provider;
}

}   // namespace

DynamicDns read_dynamic_dns(const Node& node, Draft& draft) {
  const Members members(node, kDynamicDnsKeys, draft.complaints);
  DynamicDns dns;
  if (const Node* name = members.require("name"))
    dns.name = read_host_name(*name, draft.complaints).value_or("");
  if (const Node* ttl = members.find("ttl"))
    dns.ttl = std::chrono::seconds(read_count(*ttl, 1, kLongestTtl, draft.complaints).value_or(kUsualTtl));
  const Node* url = members.find("url");
  const Node* updates = members.find("rfc2136");
  if ((url != nullptr) == (updates != nullptr))
    draft.complaints.say(node, R"(it is either "url" or "rfc2136" that says whom to tell)");
  else if (url)
    dns.provider = read_provider(*url, members, draft);
  else
    dns.updates = read_updates(*updates, dns, draft);
  if (updates && !url)
    for (const char* key : {"token_file", "ca_file"})
      if (const Node* stray = members.find(key))
        draft.complaints.say(*stray, fmt::format(R"("{}" belongs to "url")", key));
  return dns;
}

}   // namespace sluice::config
