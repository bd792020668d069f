// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/schemas.hpp"

#include <algorithm>

namespace sluice::config {
namespace {

using nlohmann::json;

const json& schema_of_documents() {
  static const json schema = json::parse(kSchemaText);
  return schema;
}

void add_schemas(const json& schema, Schemas& all) {
  if (!schema.is_object()) return;
  all.push_back(&schema);
  if (const auto ref = schema.find("$ref"); ref != schema.end())
    add_schemas(schema_of_documents().at(json::json_pointer(ref->get<std::string>().substr(1))), all);
  for (const char* word : {"allOf", "anyOf", "oneOf"})
    if (const auto list = schema.find(word); list != schema.end())
      for (const json& one : *list) add_schemas(one, all);
}

}   // namespace

Schemas schemas_of_documents() {
  Schemas schemas;
  add_schemas(schema_of_documents(), schemas);
  return schemas;
}

Schemas schemas_of_child(const Schemas& schemas, const std::string& name) {
  Schemas found;
  for (const json* schema : schemas) {
    const char* word = name.empty() ? "items" : "properties";
    const auto at = schema->find(word);
    if (name.empty() && at != schema->end()) add_schemas(*at, found);
    if (name.empty()) continue;
    if (at != schema->end() && at->contains(name))
      add_schemas((*at)[name], found);
    else if (const auto others = schema->find("additionalProperties"); others != schema->end())
      add_schemas(*others, found);
  }
  return found;
}

Schemas schemas_of_names(const Schemas& schemas) {
  Schemas found;
  for (const json* schema : schemas)
    if (const auto names = schema->find("propertyNames"); names != schema->end()) add_schemas(*names, found);
  return found;
}

bool is_called(const Schemas& schemas, std::string_view definition) {
  const json& wanted = schema_of_documents()["definitions"][std::string(definition)];
  return std::ranges::find(schemas, &wanted) != schemas.end();
}

}   // namespace sluice::config
