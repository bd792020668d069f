// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/haproxy_config.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <vector>

#include "base/fnv.hpp"
#include "base/text.hpp"
#include "front/counts.hpp"
#include "front/maps.hpp"
#include "front/pages.hpp"
#include "front/site_rules.hpp"

namespace sluice {
namespace {

// A host that opens more connections than this is told to wait: it would take those of others.
constexpr int kMostConnectionsOfAddress = 1000;

std::string global_section(const FrontPaths& paths, std::string_view mark) {
  return fmt::format(
      "# Written by sluiced: what is changed here is lost.\n"
      "global\n"
      "  description {}\n"
      "  localpeer self\n"
      "  stats socket {} mode 660 level admin expose-fd listeners\n"
      "  stats timeout 30s\n"
      "  hard-stop-after 24h\n"
      "  ssl-default-bind-options ssl-min-ver TLSv1.2 no-tls-tickets\n"
      "  tune.h2.max-concurrent-streams 100\n\n",
      mark, paths.stats_socket().string());
}

std::string defaults_section(const FrontPaths& paths) {
  std::string text =
      "defaults\n"
      "  mode http\n"
      "  option http-restrict-req-hdr-names reject\n"
      "  option redispatch 1\n"
      "  timeout connect 5s\n"
      "  timeout queue 5s\n"
      "  timeout http-request 10s\n"
      "  timeout http-keep-alive 30s\n"
      "  timeout client 30s\n"
      "  timeout client-fin 30s\n"
      "  timeout server 60s\n"
      "  timeout tunnel 1h\n";
  for (const int status : {502, 503, 504})
    text += fmt::format(
        "  http-error status {0} content-type \"text/html; charset=utf-8\" hdr Cache-Control no-store "
        "lf-string "
        "\"%[str({0}),concat(,txn.kind),map({1})]\"\n",
        status, paths.map("pages").string());
  return text + "\n";
}

// Counts outlive a reload: the old process tells them to the new one; nobody listens where the other peer
// is said to be. A whole /64 of IPv6 is one address, so that nobody fills a table by himself.
std::string tables(const FrontPlan& plan, const FrontPaths& paths) {
  std::string text =
      fmt::format("peers self\n  bind unix@{0} mode 660\n  server self\n  server {1} unix@{2}\n\n",
                  paths.peers_socket().string(), kPeerOfCounts, paths.nobodys_socket().string());
  text += fmt::format(
      "backend addresses_{0}\n"
      "  stick-table type ipv6 size 200k expire {0}s store http_req_rate({0}s) peers self\n\n",
      plan.front->public_limit.period.count());
  for (const auto period : limit_periods(plan))
    text += fmt::format(
        "backend requests_{0}\n"
        "  stick-table type string len 136 size 200k expire {0}s store http_req_rate({0}s) peers self\n\n",
        period.count());
  return text +
         "backend connections\n  stick-table type ipv6 size 200k expire 60s store conn_cur\n\n"
         "backend open\n  stick-table type string len 184 size 200k expire 5s store conn_cur\n\n";
}

std::string connection_rules() {
  return fmt::format(
      "  tcp-request connection track-sc1 src,ipmask(32,64) table connections\n"
      "  tcp-request connection reject if {{ sc1_conn_cur gt {} }}\n",
      kMostConnectionsOfAddress);
}

std::vector<std::string> binds(const Front& front, uint16_t port, const std::vector<Endpoint>& taken) {
  std::vector<std::string> all;
  for (const IpAddress& address : front.listen)
    if (std::ranges::find(taken, Endpoint{address, port}) == taken.end())
      all.push_back(fmt::format("{}:{}", address.to_string(), port));
  return all;
}

// An address may come later, with its interface: what is "transparent" is bound before (by IP_FREEBIND, which
// takes no privilege).
std::string bind_line(const std::vector<std::string>& binds, std::string_view settings = "") {
  return binds.empty() ? "" : fmt::format("  bind {} transparent{}\n", join(binds, ","), settings);
}

// HTTP-01 of RFC 8555, section 8.3. Whoever asks may know the answer: only the authority's account is in it.
std::string challenge_rules(const FrontPaths& paths) {
  return fmt::format(
      "  http-request return status 200 content-type application/octet-stream lf-string %[path,map({0})] "
      "if {{ path -m beg {1} }} {{ path,map({0}) -m found }}\n",
      paths.map("challenges").string(), kChallengePath);
}

std::string http_section(const FrontPlan& plan, const FrontPaths& paths, const std::vector<Endpoint>& taken) {
  const Front& front = *plan.front;
  const std::string port = front.https == 443 ? "" : fmt::format(":{}", front.https);
  return "frontend http\n" + bind_line(binds(front, front.http, taken)) + connection_rules() +
         (front.acme ? challenge_rules(paths) : "") + request_rules() + host_rules() + name_rules(paths) +
         fmt::format("  http-request redirect location https://%[var(txn.host)]{}%[pathq] code 308\n\n",
                     port);
}

std::string https_section(const FrontPlan& plan, const FrontPaths& paths,
                          const std::vector<Endpoint>& taken) {
  auto places = binds(*plan.front, plan.front->https, taken);
  places.push_back("unix@" + paths.tls_socket().string());
  return "frontend https\n" +
         bind_line(places, fmt::format(" mode 660 ssl crt-list {} strict-sni alpn h2,http/1.1",
                                       paths.certificate_list().string())) +
         connection_rules() + request_rules() +
         "  http-after-response set-header Strict-Transport-Security max-age=31536000\n"
         "  http-after-response set-header Content-Type application/json if wants_json { status 502:504 }\n" +
         forwarded_rules() + plain_public_rules(plan, paths) + host_rules() + public_rules(plan) +
         name_rules(paths) + site_rules(plan, paths) +
         "  use_backend %[var(txn.route),field(1,|)]\n  default_backend nobody\n\n";
}

// Addresses of IPv4 and IPv6 stand in one map.
std::string source_rules(const FrontPool& pool, const FrontPaths& paths) {
  if (!pool.sources) return "";
  return kind_rules() + answer_rules(403, fmt::format("!{{ src,map_ip({}) -m found }}",
                                                      paths.map(sources_map(pool)).string()));
}

// Where nobody serves, HAProxy says so itself. To ask by "nbsrv" would be wrong: a worker that is about to
// end has none, and answers what it had accepted.
std::string pool_section(const FrontPool& pool, const FrontPaths& paths) {
  std::string text = fmt::format("backend {}\n  balance {}\n", pool.name, pool.balance);
  if (pool.balance == "source") text += "  hash-type consistent\n";
  text += source_rules(pool, paths);
  text += "  http-response unset-var(txn.kind)\n";   // what a server says is as it is
  text += "  http-request set-timeout server 1h if { var(txn.stays) -m found }\n";
  return text;
}

std::string server_line(const FrontServer& server, const FrontPool& pool) {
  return fmt::format("  server {} {}{}\n", server.name, server_words(server, pool),
                     server.state == ServerState::kReady ? "" : " disabled");
}

std::string nobody() { return "backend nobody\n" + kind_rules() + answer_rules(503, "TRUE") + "\n"; }

}   // namespace

std::string server_words(const FrontServer& server, const FrontPool& pool) {
  std::string words =
      fmt::format("{}:{} weight {}", server.address.address.to_string(), server.address.port, server.weight);
  if (pool.proxy_protocol) words += " send-proxy-v2";
  if (!server.device.empty())
    words += fmt::format(" source {} interface {}",
                         server.address.address.is_ipv4() ? "0.0.0.0" : "::", server.device);
  return words;
}

HaproxyConfig haproxy_config(const FrontPlan& plan, const FrontPaths& paths,
                             const std::vector<Endpoint>& taken) {
  const std::string before = defaults_section(paths) + tables(plan, paths) +
                             http_section(plan, paths, taken) + https_section(plan, paths, taken) + nobody();
  std::string marked = before;
  std::string pools;
  for (const FrontPool& pool : plan.pools) {
    const std::string section = pool_section(pool, paths);
    marked += section;
    pools += section;
    for (const FrontServer& server : pool.servers) pools += server_line(server, pool);
    pools += "\n";
  }
  const std::string mark = fmt::format("{:016x}", fnv(kFnvStart, marked.data(), marked.size()));
  return {global_section(paths, mark) + before + pools, mark};
}

}   // namespace sluice
