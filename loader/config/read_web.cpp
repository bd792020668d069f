// SPDX-License-Identifier: GPL-2.0-or-later
// Where the page for browsers is, and what it may do.
#include <fmt/format.h>

#include "config/check.hpp"
#include "config/complaints.hpp"
#include "config/listening.hpp"
#include "config/network_values.hpp"
#include "config/read.hpp"
#include "config/values.hpp"

namespace sluice::config {
namespace {

constexpr std::string_view kWebKeys[] = {"listen", "token_file", "allow"};
constexpr std::string_view kAllowed[] = {"rollback", "configs"};
constexpr std::string_view kWebExample = R"(such as "127.0.0.1:8468" or "[::1]:8468")";

void read_allowed(const Node& node, WebPage& page, Complaints& complaints) {
  for (const Node* item : read_list(node, complaints)) {
    const auto word = read_word(*item, kAllowed, complaints);
    if (!word) continue;
    bool& allowed = *word == 0 ? page.rolls_back : page.tells_configs;
    if (allowed) complaints.say(*item, fmt::format("{} is said twice", quote(kAllowed[*word])));
    allowed = true;
  }
}

}   // namespace

void read_web(const Node& node, Draft& draft) {
  const Members members(node, kWebKeys, draft.complaints);
  WebPage page;
  if (const Node* listen = members.require("listen"))
    page.listen = read_listening(*listen, kWebExample, draft.complaints);
  if (const Node* file = members.require("token_file"))
    page.token_file = read_key_file(*file, draft.complaints);
  if (const Node* allow = members.find("allow")) read_allowed(*allow, page, draft.complaints);
  page.line = draft.complaints.line_of(node);
  draft.web = Placed<WebPage>{std::move(page), &node};
}

void check_web(Draft& draft) {
  if (!draft.web || draft.web->node->kind != Kind::kObject) return;
  const auto& [page, node] = *draft.web;
  check_listening(draft, page.listen, *node);
  if (draft.metrics && draft.metrics->value.listen.port == page.listen.port)
    draft.complaints.say(place(*node, "listen"), fmt::format("port {} is that of metrics", page.listen.port),
                         "another port");
}

}   // namespace sluice::config
