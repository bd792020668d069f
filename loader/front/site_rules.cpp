// SPDX-License-Identifier: GPL-2.0-or-later
#include "front/site_rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "front/maps.hpp"
#include "front/pages.hpp"
#include "front/token_rules.hpp"

namespace sluice {
namespace {

// A host with a slash in it would be read as one with a path; of two hosts one would be judged, and the other
// be asked. So it is with what a reader of URLs finds behind "@", and with what he finds before the others.
constexpr std::string_view kBadHost = "  acl bad_host req.fhdr(host) -m sub / , @ ? \\# \\\\\n";
// Of a request: it ends soon, and nobody says who he is.
constexpr std::string_view kIsOrdinary = "!may_stay !may_have_token";
// Who speaks HTTP/2 with a backend by himself (h2c, RFC 7540 section 3.2) asks it past all rules. What has an
// upgrade is not ordinary: nothing has been let through yet that this is about.
constexpr std::string_view kUpgradeRules =
    "  acl is_websocket req.fhdr(upgrade) -i -m str websocket\n"
    "  acl is_one_upgrade req.fhdr_cnt(upgrade) eq 1\n"
    "  http-request del-header upgrade unless is_websocket is_one_upgrade\n"
    "  http-request del-header http2-settings\n";
constexpr std::string_view kEventStream = "text/event-stream";

// As site_row() of maps.cpp writes them.
std::string settings_rules(const FrontPaths& paths) {
  std::string text = fmt::format("  http-request set-var(txn.settings) var(txn.site),map({})\n",
                                 paths.map("sites").string());
  int number = 0;
  for (const char* name : {"access", "limit", "period", "scope", "hands_on", "pod"})
    text += fmt::format("  http-request set-var(txn.{}) var(txn.settings),field({},|)\n", name, ++number);
  return text +
         "  acl is_public var(txn.access) -m str public\n"
         "  acl hands_on var(txn.hands_on) -m str 1\n"
         "  acl has_user var(txn.user) -m found\n"
         "  http-request set-var(txn.now) date()\n";
}

// A name that could be read as something else in a header, a key or a log is nobody's.
std::string user_rules() {
  return "  http-request unset-var(txn.user) if has_user !{ var(txn.user) -m reg ^[A-Za-z0-9._@+-]{1,64}\\z "
         "}\n";
}

// A request on any site without a limit of its own, by its address.
std::string address_count_rule(const FrontPlan& plan, std::string_view condition) {
  return fmt::format("  http-request track-sc0 src,ipmask(32,64) table addresses_{} if {}\n",
                     plan.front->public_limit.period.count(), condition);
}

// A request on a public site, or without a good token, counts for its address, all others for their user.
// What was counted by the rules for public sites is not counted again: one counter is tracked once.
std::string limit_rules(const FrontPlan& plan) {
  std::string text =
      "  acl by_user var(txn.by_user) -m bool\n"
      "  http-request set-var(txn.by_user) bool(true) if !is_public has_user\n" +
      address_count_rule(plan, "!by_user !{ var(txn.scope) -m len gt 0 }") +
      "  http-request set-var(txn.whose) src,ipmask(32,64)\n"
      "  http-request set-var(txn.counted) str(),concat(,txn.whose,/),concat(,txn.scope) if !by_user\n"
      "  http-request set-var(txn.counted) str(@),concat(,txn.user,/),concat(,txn.scope) if by_user\n"
      "  http-request set-var(txn.limit) var(txn.settings),field(7,|) if by_user\n"
      "  http-request set-var(txn.period) var(txn.settings),field(8,|) if by_user\n";
  for (const auto period : limit_periods(plan))
    text += fmt::format(
        "  http-request track-sc0 var(txn.counted) table requests_{0} if {{ var(txn.period) -m str {0} }}\n",
        period.count());
  return text + answer_rules(429, "{ sc_http_req_rate(0),sub(txn.limit) -m int gt 0 }",
                             "hdr Retry-After %[var(txn.period)]");
}

std::string access_rules(const FrontPaths& paths) {
  return answer_rules(401, "!is_public !has_user", "hdr WWW-Authenticate Bearer") +
         fmt::format(
             "  http-request set-var(txn.until) var(txn.site),concat(/,txn.user),map({}) if !is_public\n",
             paths.map("access").string()) +
         answer_rules(403, "!is_public !{ var(txn.until) -m found }") +
         answer_rules(403,
                      "!is_public !{ var(txn.until) -m str 0 } { var(txn.now),sub(txn.until) -m int ge 0 }");
}

// Those that may stay open are known by client, site and user, so that they can be closed.
std::string open_rules() {
  return "  acl has_client var(txn.client) -m found\n"
         "  http-request set-var(txn.client) src if !is_public\n"
         "  http-request set-var(txn.client) src if is_public may_stay\n"
         "  http-request set-var(txn.client_port) src_port if has_client\n"
         "  http-request set-var(txn.open) str(),concat(,txn.client,:),concat(,txn.client_port,/),"
         "concat(,txn.site,/),concat(,txn.user) if has_client\n"
         "  http-request track-sc2 var(txn.open) table open if has_client\n" +
         answer_rules(503, "!is_public !{ sc2_tracked }");
}

// How many parts prefixes have that are taken away.
std::set<size_t> stripped_parts(const FrontPlan& plan) {
  std::set<size_t> all;
  for (const Site& site : plan.sites)
    for (const SitePath& path : site.paths)
      if (path.strip) all.insert(static_cast<size_t>(std::ranges::count(path.prefix, '/')));
  return all;
}

// A field of the route says how many. Where besides `condition` holds.
std::string strip_rules(const FrontPlan& plan, int field, std::string_view condition = "") {
  std::string text;
  for (const size_t parts : stripped_parts(plan))
    text += fmt::format(
        "  http-request replace-path '^(?:/[^/]*){{{0}}}/?(.*)$' '/\\1' if {{ var(txn.route),field({1},|) -m "
        "str {0} }}{2}\n",
        parts, field, condition);
  return text;
}

std::string path_rules(const FrontPlan& plan, const FrontPaths& paths) {
  return fmt::format(
             "  http-request set-var(txn.path) path\n"
             "  http-request set-var(txn.route) var(txn.site),concat(,txn.path,/),map_beg({})\n",
             paths.map("routes").string()) +
         strip_rules(plan, 2);
}

std::string header_rules() {
  return "  http-request set-header X-User %[var(txn.user)] if has_user\n"
         "  http-request set-header X-Pod %[var(txn.pod)] if { var(txn.pod) -m len gt 0 }\n";
}

// Counts are those of limit_rules(), the limits' times as public_row() writes them.
std::string own_count_rules(const FrontPlan& plan) {
  std::string text;
  for (const auto period : limit_periods(plan))
    text += fmt::format(
        "  http-request track-sc0 src,ipmask(32,64),concat(/,txn.scope) table requests_{0} if {{ "
        "var(txn.route),field(2,|) -m str {1}{0} }}\n",
        period.count(), kOwnCount);
  return text;
}

// Whoever has the cookie's name in a cookie, or says who he is, is looked at by the rules for tokens.
std::string token_conditions(const FrontPlan& plan) {
  const auto& tokens = plan.front->tokens;
  if (!tokens) return "  acl may_have_token always_false\n";
  std::string text = "  acl may_have_token req.hdr(authorization) -m found\n";
  if (!tokens->cookie.empty())
    text += fmt::format("  acl may_have_token req.fhdr(cookie) -m sub -- {}\n", tokens->cookie);
  return text;
}

}   // namespace

std::string kind_rules() { return "  acl wants_json var(txn.kind) -m found\n"; }

std::string request_rules() {
  return kind_rules() + std::string(kBadHost) +
         "  http-request set-var(txn.kind) str(json) if { req.fhdr(accept) -m sub json }\n";
}

std::string host_rules() { return answer_rules(400, "bad_host"); }

// "X_User" is "X-User" to many a backend. Few requests have any such name: to look through all names at once
// takes less than an expression for each. What is added is not there any more: to replace it takes longer.
std::string forwarded_rules() {
  return "  option forwardfor\n"
         "  http-request del-header '^(?:x[-_](?:user|pod|real[-_]ip|client[-_]ip|forwarded.*)|forwarded)$' "
         "-m reg if { req.hdr_names -m sub x- x_ forwarded }\n"
         "  http-request add-header X-Forwarded-Proto https\n"
         "  http-request add-header X-Forwarded-Host %[req.hdr(host)]\n";
}

// A host that is written in another way (a port, capitals) is not found here. Each rule counts: this is all
// that most requests come to. Only what is plain is counted yet, and nothing else has a rate.
std::string plain_public_rules(const FrontPlan& plan, const FrontPaths& paths) {
  return fmt::format("  http-request set-var(txn.route) base,concat(/),map_beg({})\n",
                     paths.map("public").string()) +
         address_count_rule(plan, fmt::format("{{ var(txn.route) -m end {} }}", kPlainPublicRow)) +
         token_conditions(plan) +
         fmt::format(
             "  acl may_stay req.hdr(upgrade) -m found\n"
             "  acl may_stay method CONNECT\n"
             "  acl may_stay req.fhdr(accept) -m sub {0}\n"
             "  http-request allow if {{ sc_http_req_rate(0) le {1} }} {2} !bad_host\n"
             "{3}"
             "  http-request set-var(txn.stays) bool(true) if {{ req.fhdr(accept) -m sub {0} }}\n",
             kEventStream, plan.front->public_limit.requests, kIsOrdinary, kUpgradeRules);
}

std::string public_rules(const FrontPlan& plan) {
  const std::string is_public = fmt::format(
      " {{ var(txn.route) -m found }} !{{ sc_http_req_rate(0),sub(txn.limit) -m int gt 0 }} {}", kIsOrdinary);
  return "  http-request set-var(txn.limit) var(txn.route),field(3,|),add(0)\n"
         "  http-request set-var(txn.scope) var(txn.route),field(6,|)\n" +
         address_count_rule(plan, fmt::format("{{ var(txn.route),field(2,|) -m str {} }}",
                                              plan.front->public_limit.period.count())) +
         own_count_rules(plan) +
         "  http-request set-header X-Pod %[var(txn.route),field(5,|)] if "
         "{ var(txn.route),field(5,|) -m len gt 0 }\n" +
         strip_rules(plan, 4, is_public) + "  http-request allow if" + is_public + "\n";
}

std::string name_rules(const FrontPaths& paths) {
  return fmt::format(
             "  http-request set-var(txn.host) req.hdr(host),host_only,lower\n"
             "  http-request set-var(txn.site) var(txn.host),map({})\n",
             paths.map("hosts").string()) +
         answer_rules(404, "!{ var(txn.site) -m found }");
}

std::string site_rules(const FrontPlan& plan, const FrontPaths& paths) {
  const auto& tokens = plan.front->tokens;
  return settings_rules(paths) + (tokens ? token_rules(*tokens, paths) + user_rules() : "") +
         limit_rules(plan) + access_rules(paths) + open_rules() + path_rules(plan, paths) +
         (tokens ? token_removal_rules(*tokens) : "") + header_rules();
}

}   // namespace sluice
