// SPDX-License-Identifier: GPL-2.0-or-later
// Where metrics are told by TCP.
#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/listening.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kMetricsKeys[] = {"listen", "token_file"};
constexpr std::string_view kMetricsExample = R"(such as "127.0.0.1:9469" or "[::1]:9469")";

}   // namespace

void read_metrics(const Node& node, Draft& draft) {
  const Members members(node, kMetricsKeys, draft.complaints);
  MetricsListen metrics;
  if (const Node* listen = members.require("listen"))
    metrics.listen = read_listening(*listen, kMetricsExample, draft.complaints);
  if (const Node* file = members.find("token_file"))
    metrics.token_file = read_key_file(*file, draft.complaints);
  metrics.line = draft.complaints.line_of(node);
  draft.metrics = Placed<MetricsListen>{std::move(metrics), &node};
}

void check_metrics(Draft& draft) {
  if (draft.metrics && draft.metrics->node->kind == Kind::kObject)
    check_listening(draft, draft.metrics->value.listen, *draft.metrics->node);
}

}   // namespace sluice::config
