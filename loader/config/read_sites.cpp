// SPDX-License-Identifier: GPL-2.0-or-later
// Sites of the front end: their hosts, who may open them, and which service has which path.
#include <fmt/format.h>

#include <algorithm>

#include "base/text.hpp"
#include "config/complaints.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kSiteKeys[] = {"host",  "service",       "paths",         "access",
                                          "limit", "forward_token", "proxy_protocol"};
constexpr std::string_view kPathKeys[] = {"prefix", "service", "strip"};
constexpr std::string_view kAccessKeys[] = {"owner", "team", "shared"};
constexpr std::string_view kShareKeys[] = {"user", "until"};
constexpr std::string_view kPublic = "public", kOwner = "owner";
constexpr size_t kLongestUser = 64;

bool is_unreserved(char c) {   // RFC 3986
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

bool is_user_letter(char c) { return (is_unreserved(c) && c != '~') || c == '@' || c == '+'; }

bool is_segment(std::string_view text) {
  return !text.empty() && text != "." && text != ".." && std::ranges::all_of(text, is_unreserved);
}

bool is_path_prefix(std::string_view text) {
  if (!text.starts_with('/') || text.size() > 256) return false;
  const auto segments = split(text.substr(1), '/');
  return segments.size() <= kMostPathDepth && std::ranges::all_of(segments, is_segment);
}

std::string read_user(const Node& node, Complaints& complaints) {
  const auto text = read_string(node, complaints);
  if (!text) return {};
  if (!text->empty() && text->size() <= kLongestUser && std::ranges::all_of(*text, is_user_letter))
    return std::string(*text);
  complaints.say(node, fmt::format("{} is not the name of a user", quote(*text)),
                 fmt::format(R"(1 to {} letters, digits, ".", "_", "-", "@" and "+")", kLongestUser));
  return {};
}

std::string read_service_name(const Node& node, Draft& draft) {
  const auto name = read_string(node, draft.complaints);
  if (!name || !check_name(*name, node, false, draft.complaints)) return {};
  return std::string(*name);
}

void add_user(const Node& node, std::string name, std::optional<std::chrono::sys_seconds> until, Site& site,
              Draft& draft) {
  if (name.empty()) return;
  if (std::ranges::find(site.users, name, &SiteUser::name) != site.users.end())
    draft.complaints.say(node, fmt::format("{} may open it already", quote(name)), "name each user once");
  site.users.push_back({std::move(name), until});
}

void read_share(const Node& node, Site& site, Draft& draft) {
  const Members members(node, kShareKeys, draft.complaints);
  const Node *user = members.require("user"), *until = members.find("until");
  const auto end = until ? read_time(*until, draft.complaints) : std::nullopt;
  if (user) add_user(*user, read_user(*user, draft.complaints), end, site, draft);
}

void read_users(const Node& node, Site& site, Draft& draft) {
  const Members members(node, kAccessKeys, draft.complaints);
  if (node.kind != Kind::kObject) return;
  if (const Node* owner = members.require("owner"))
    add_user(*owner, read_user(*owner, draft.complaints), std::nullopt, site, draft);
  if (const Node* team = members.find("team"))
    for (const Node* item : read_list(*team, draft.complaints))
      add_user(*item, read_user(*item, draft.complaints), std::nullopt, site, draft);
  if (const Node* shared = members.find("shared"))
    for (const Node* item : read_list(*shared, draft.complaints)) read_share(*item, site, draft);
}

void read_access(const Node& node, Site& site, Draft& draft) {
  if (node.kind != Kind::kString) return read_users(node, site, draft);
  site.is_public = node.text == kPublic;
  if (!site.is_public)
    draft.complaints.say(node, fmt::format("{} says of nobody that he may open it", quote(node.text)),
                         R"("public", or who: {"owner": "john"})");
}

void read_site_path(const Node& node, Site& site, Draft& draft) {
  const Members members(node, kPathKeys, draft.complaints);
  SitePath path;
  const Node *prefix = members.require("prefix"), *service = members.require("service");
  if (const Node* strip = members.find("strip"))
    path.strip = read_bool(*strip, draft.complaints).value_or(false);
  if (service) path.service = read_service_name(*service, draft);
  const auto text = prefix ? read_string(*prefix, draft.complaints) : std::nullopt;
  if (!text) return;
  path.prefix = *text;
  if (!is_path_prefix(*text))
    draft.complaints.say(
        *prefix, fmt::format("{} is not the beginning of a path", quote(*text)),
        fmt::format(R"(such as "/api": at most {} parts of letters, digits, "-", ".", "_" and )"
                    R"("~", without a slash at its end)",
                    kMostPathDepth));
  else if (std::ranges::find(site.paths, *text, &SitePath::prefix) != site.paths.end())
    draft.complaints.say(*prefix, fmt::format("{} leads somewhere already", quote(*text)),
                         "name each path once");
  site.paths.push_back(std::move(path));
}

void read_site_paths(const Node& node, Site& site, Draft& draft) {
  const Items items = read_list(node, draft.complaints);
  for (const Node* item : items) read_site_path(*item, site, draft);
  limit_count(node, items.size(), kMostSitePaths, "paths", draft.complaints);
}

std::string host_of(const Members& members, const Node& node, Draft& draft) {
  if (const Node* host = members.find("host")) return read_host_name(*host, draft.complaints).value_or("");
  if (draft.front && !draft.front->value.domain.empty())
    return host_in_small_letters(fmt::format("{}.{}", node.key, draft.front->value.domain));
  draft.complaints.say_about_key(node, "a site without a host", R"("host", or a "domain" of the front)");
  return {};
}

void read_site(const Node& node, Draft& draft) {
  const bool good = check_name(node.key, node, true, draft.complaints);
  const Members members(node, kSiteKeys, draft.complaints);
  if (node.kind != Kind::kObject) return;
  Site site{.name = std::string(node.key), .line = draft.complaints.line_of(node)};
  site.host = host_of(members, node, draft);
  if (const Node* service = members.require("service"))
    site.paths.push_back({"", read_service_name(*service, draft), false});
  if (const Node* paths = members.find("paths")) read_site_paths(*paths, site, draft);
  if (const Node* access = members.require("access")) read_access(*access, site, draft);
  if (const Node* limit = members.find("limit")) site.limit = read_request_limit(*limit, draft);
  if (const Node* token = members.find("forward_token"))
    site.forward_token = read_bool(*token, draft.complaints).value_or(false);
  if (const Node* proxy = members.find("proxy_protocol"))
    site.proxy_protocol = read_bool(*proxy, draft.complaints).value_or(false);
  if (good) draft.sites.push_back({std::move(site), &node});
}

}   // namespace

void read_pod_access(const Node& node, const std::string& owner, Site& site, Draft& draft) {
  if (node.kind != Kind::kString || node.text != kOwner) return read_access(node, site, draft);
  if (owner.empty())
    draft.complaints.say(node, "the pod has no owner", R"("owner" of the pod)");
  else
    site.users.push_back({owner, std::nullopt});
}

void read_sites(const Node& node, Draft& draft) {
  if (!expect_kind(node, Kind::kObject, draft.complaints)) return;
  for (const Node& member : node.children()) read_site(member, draft);
}

}   // namespace sluice::config
