// SPDX-License-Identifier: GPL-2.0-or-later
#include "api/cluster_requests.hpp"

#include <nlohmann/json.hpp>

#include "api/body.hpp"
#include "api/requests.hpp"

namespace sluice {

Result<ClusterRequested> read_cluster_join(const ApiRequest& request) {
  constexpr std::string_view kFields[] = {"name",     "node",    "etcd", "ca_file", "cert_file",
                                          "key_file", "replace", "who",  "why"};
  auto body = TRY(Body::parse(request.body, request.format));
  TRY(body.only(kFields));
  ClusterRequested cluster;
  cluster.name = TRY(body.required_line("name"));
  cluster.node = TRY(body.required_line("node"));
  cluster.etcd = TRY(body.lines("etcd"));
  if (cluster.etcd.empty()) return fail("field \"etcd\" is missing", ErrorKind::kUsage);
  for (const std::string_view field : {"ca_file", "cert_file", "key_file"})
    if (body.has(field)) cluster.files.emplace_back(field, nlohmann::json(TRY(body.line(field, ""))).dump());
  cluster.replaces = TRY(read_flag(body, "replace"));
  cluster.who = author_of(request, TRY(body.line("who", "")));
  cluster.why = TRY(body.line("why", ""));
  return cluster;
}

}   // namespace sluice
