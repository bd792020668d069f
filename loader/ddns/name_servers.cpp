// SPDX-License-Identifier: GPL-2.0-or-later
#include "ddns/name_servers.hpp"

#include <fmt/format.h>
#include <sys/time.h>

#include <algorithm>
#include <memory>

#include "dns/packet.hpp"
#include "model/resolver.hpp"

namespace sluice {
namespace {

using LdnsResolver = std::unique_ptr<ldns_resolver, decltype(&ldns_resolver_deep_free)>;
using LdnsData = std::unique_ptr<ldns_rdf, decltype(&ldns_rdf_deep_free)>;

constexpr timeval kAnswerTime{.tv_sec = 2, .tv_usec = 0};
constexpr uint8_t kTries = 2;
constexpr size_t kMostAuthorities = 4;

LdnsResolver resolver_at(const Endpoint& server, bool recursive) {
  LdnsResolver resolver(ldns_resolver_new(), ldns_resolver_deep_free);
  const std::string text = server.address.to_string();
  const auto type = server.address.is_ipv4() ? LDNS_RDF_TYPE_A : LDNS_RDF_TYPE_AAAA;
  const LdnsData address(ldns_rdf_new_frm_str(type, text.c_str()), ldns_rdf_deep_free);
  if (!resolver || !address || ldns_resolver_push_nameserver(resolver.get(), address.get()) != LDNS_STATUS_OK)
    return {nullptr, ldns_resolver_deep_free};
  ldns_resolver_set_port(resolver.get(), server.port);
  ldns_resolver_set_recursive(resolver.get(), recursive);
  ldns_resolver_set_timeout(resolver.get(), kAnswerTime);
  ldns_resolver_set_retry(resolver.get(), kTries);
  return resolver;
}

std::string data_of(const ldns_rr* row) {
  std::string data;
  for (size_t i = 0; i < ldns_rr_rd_count(row); ++i) {
    const std::unique_ptr<char, decltype(&free)> text(ldns_rdf2str(ldns_rr_rdf(row, i)), free);
    if (!data.empty()) data += ' ';
    if (text) data += text.get();
  }
  std::ranges::transform(data, data.begin(), [](unsigned char letter) { return std::tolower(letter); });
  return data;
}

std::vector<std::string> data_in(const ldns_pkt* packet, ldns_rr_type type) {
  std::vector<std::string> all;
  const ldns_rr_list* rows = ldns_pkt_answer(packet);
  for (size_t i = 0; i < ldns_rr_list_rr_count(rows); ++i)
    if (const ldns_rr* row = ldns_rr_list_rr(rows, i); ldns_rr_get_type(row) == type)
      all.push_back(data_of(row));
  std::ranges::sort(all);
  return all;
}

Result<std::vector<std::string>> ask(const Endpoint& server, bool recursive, const std::string& owner,
                                     const std::string& type) {
  const LdnsResolver resolver = resolver_at(server, recursive);
  const LdnsData name(ldns_dname_new_frm_str(owner.c_str()), ldns_rdf_deep_free);
  if (!resolver || !name) return fail(fmt::format("{} cannot be asked for", owner));
  const ldns_rr_type wanted = ldns_get_rr_type_by_name(type.c_str());
  ldns_pkt* answer = nullptr;
  const ldns_status status = ldns_resolver_send(&answer, resolver.get(), name.get(), wanted, LDNS_RR_CLASS_IN,
                                                recursive ? LDNS_RD : 0);
  const dns::Packet packet(status == LDNS_STATUS_OK ? answer : nullptr, ldns_pkt_free);
  if (!packet) return fail(fmt::format("the name server {} does not answer", server.address.to_string()));
  const auto code = ldns_pkt_get_rcode(packet.get());
  if (code != LDNS_RCODE_NOERROR && code != LDNS_RCODE_NXDOMAIN)
    return fail(fmt::format("the name server {} does not say what {} is (code {})",
                            server.address.to_string(), owner, static_cast<int>(code)));
  return data_in(packet.get(), wanted);
}

std::string_view without_last_dot(std::string_view name) {
  return name.ends_with('.') ? name.substr(0, name.size() - 1) : name;
}

}   // namespace

Result<std::vector<std::string>> NameServers::find(const std::string& owner, const std::string& type) const {
  Result<std::vector<std::string>> found = fail("there is no name server to ask");
  for (const Endpoint& server : servers_)
    if (found = ask(server, recursive_, owner, type); found) return found;
  return found;
}

// The servers of the nearest zone above, or at, the name.
Result<std::vector<Endpoint>> find_authority(const NameServers& resolvers, const std::string& name) {
  std::vector<std::string> servers;
  for (std::string_view zone = name; servers.empty() && !zone.empty();) {
    servers = TRY(resolvers.find(std::string(zone), "NS"));
    const size_t dot = zone.find('.');
    zone = dot == std::string_view::npos ? std::string_view() : zone.substr(dot + 1);
  }
  std::vector<Endpoint> found;
  for (const std::string& server : servers)
    for (const char* type : {"A", "AAAA"})
      for (const std::string& text : TRY(resolvers.find(std::string(without_last_dot(server)), type)))
        if (const auto address = IpAddress::parse(text); address && found.size() < kMostAuthorities)
          found.push_back({*address, kDnsPort});
  if (found.empty()) return fail(fmt::format("no name server of {} is found", name));
  return found;
}

}   // namespace sluice
