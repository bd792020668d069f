// SPDX-License-Identifier: GPL-2.0-or-later
// Users of SSH: a row for each of their boxes.
#include <algorithm>

#include "maps/rules.h"
#include "show/show.hpp"

namespace sluice {
namespace {

using nlohmann::json;

const ObjectCount* count_of(const std::vector<ObjectCount>& objects, const std::string& forward) {
  const auto at = std::ranges::find_if(objects, [&](const ObjectCount& object) {
    return object.kind == SL_OBJECT_FORWARD && object.name == forward;
  });
  return at == objects.end() ? nullptr : &*at;
}

json box_row(const SshUser& user, size_t box, const std::vector<ObjectCount>& objects) {
  const std::string forward = ssh_forward_name(user.name, box);
  const ObjectCount* count = count_of(objects, forward);
  return {{"user", user.name},
          {"box", user.boxes[box].to_string()},
          {"port", user.ports[box]},
          {"connections", count ? count->flows : 0},
          {"packets", count ? count->packets : 0},
          {"bytes", count ? count->bytes : 0},
          {"forward", forward},
          {"line", user.line}};
}

}   // namespace

Result<json> show_ssh(Gateway& gateway) {
  json rows = json::array();
  if (!gateway.current() || !gateway.current()->document.ssh) return json{{"ssh", std::move(rows)}};
  const auto objects = TRY(gateway.engine().objects());
  for (const SshUser& user : gateway.current()->document.ssh->users)
    for (size_t i = 0; i < user.boxes.size(); ++i) rows.push_back(box_row(user, i, objects));
  return json{{"ssh", std::move(rows)}};
}

}   // namespace sluice
