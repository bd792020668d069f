// SPDX-License-Identifier: GPL-2.0-or-later
// What the schema of documents says of a value, found by walking both.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "config/tree.hpp"

namespace sluice::config {

extern const std::string_view kSchemaText;   // config/sluice.schema.json

// Everything that the schema says of one value: with what it refers to, and all that it lets choose from.
using Schemas = std::vector<const nlohmann::json*>;

Schemas schemas_of_documents();
// Of a member of an object; of the parts of a list with an empty name.
Schemas schemas_of_child(const Schemas& schemas, const std::string& name);
// Of the names of an object's members.
Schemas schemas_of_names(const Schemas& schemas);

// Whether the value is, or may be, what a definition of the schema says.
bool is_called(const Schemas& schemas, std::string_view definition);

// Each value of a document, with what the schema says of it; those that hold others come before them.
template <class Each>
void for_each_value(const Node& node, const Schemas& schemas, Each& each) {
  each(node, schemas);
  const bool is_list = node.kind == Kind::kList;
  const Schemas parts = is_list ? schemas_of_child(schemas, "") : Schemas();
  for (const Node& child : node.children())
    for_each_value(child, is_list ? parts : schemas_of_child(schemas, std::string(child.key)), each);
}

}   // namespace sluice::config
