// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/canonical.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <vector>

#include "base/number.hpp"
#include "base/text.hpp"
#include "config/schemas.hpp"
#include "model/address.hpp"

namespace sluice::config {
namespace {

using nlohmann::json;

bool may_be(const Schemas& schemas, std::string_view type) {
  return std::ranges::any_of(schemas, [&](const json* one) { return one->value("type", "") == type; });
}

std::string spell_text(const std::string& text, const Schemas& schemas) {
  if (is_called(schemas, "duration"))
    if (const auto duration = parse_duration(text)) return fmt::format("{}s", duration->count());
  if (is_called(schemas, "interface_address"))
    if (const auto address = InterfaceAddress::parse(text)) return address->to_string();
  if (is_called(schemas, "prefix"))
    if (const auto prefix = Prefix::parse(text)) return prefix->to_string();
  if (is_called(schemas, "address"))
    if (const auto address = IpAddress::parse(text)) return address->to_string();
  return text;
}

// "80" and 80 are the same port.
json spell(const std::string& text, const Schemas& schemas) {
  if (may_be(schemas, "integer"))
    if (const auto number = whole_number<int64_t>(text)) return *number;
  return spell_text(text, schemas);
}

void simplify(json& value, const Schemas& schemas);

void simplify_list(json& list, const Schemas& schemas) {
  const Schemas parts = schemas_of_child(schemas, "");
  for (json& part : list) simplify(part, parts);
  const bool one_will_do = may_be(schemas, "string") || may_be(schemas, "integer") ||
                           std::ranges::any_of(schemas, [](auto* one) { return one->contains("enum"); });
  if (list.size() == 1 && !list[0].is_structured() && one_will_do) {
    json alone = std::move(list[0]);   // not into the list that it is in
    list = std::move(alone);
  }
}

bool is_default(const json& value, const Schemas& schemas) {
  const json* otherwise = nullptr;
  for (const json* schema : schemas)
    if (const auto at = schema->find("default"); at != schema->end()) {
      if (otherwise && *otherwise != *at) return false;   // it depends
      otherwise = &*at;
    }
  if (!otherwise) return false;
  json same = *otherwise;
  simplify(same, schemas);
  return same == value;
}

void simplify_object(json& object, const Schemas& schemas) {
  for (auto member = object.begin(); member != object.end();) {
    const Schemas own = schemas_of_child(schemas, member.key());
    simplify(*member, own);
    member = is_default(*member, own) ? object.erase(member) : std::next(member);
  }
}

void simplify(json& value, const Schemas& schemas) {
  if (value.is_object())
    simplify_object(value, schemas);
  else if (value.is_array())
    simplify_list(value, schemas);
  else if (value.is_string())
    value = spell(value.get<std::string>(), schemas);
}

// A section with nothing in it is like none. Deeper down `{}` may say something: "bridge": {}.
void drop_empty_sections(json& object) {
  for (auto member = object.begin(); member != object.end();)
    member = member->is_structured() && member->empty() ? object.erase(member) : std::next(member);
}

}   // namespace

json canonical(json document) {
  if (!document.is_object()) return document;
  document.erase("$schema");
  simplify(document, schemas_of_documents());
  if (const auto nat = document.find("nat"); nat != document.end() && nat->is_object())
    drop_empty_sections(*nat);
  drop_empty_sections(document);
  return document;
}

}   // namespace sluice::config
