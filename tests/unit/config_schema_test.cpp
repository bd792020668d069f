// SPDX-License-Identifier: GPL-2.0-or-later
// An independent validator with the published schema accepts and refuses what sluice accepts and
// refuses for its form. The documents under meaning/ are those whose fault a schema cannot express.
#include <nlohmann/json.hpp>
#include <valijson/adapters/nlohmann_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validation_results.hpp>
#include <valijson/validator.hpp>

#include "config/config.hpp"
#include "config_corpus.hpp"
#include "maps/protocols.h"

namespace sluice {
namespace {

using nlohmann::json;
using valijson::adapters::NlohmannJsonAdapter;

json parse_json(const std::string& text) {
  return json::parse(text, nullptr, /*allow_exceptions=*/false, /*ignore_comments=*/true);
}

const json& published_schema() {
  static const json schema = parse_json(test::text_of(test::kSource / "config/sluice.schema.json"));
  return schema;
}

class Validator {
 public:
  explicit Validator(const json& schema) {
    valijson::SchemaParser().populateSchema(NlohmannJsonAdapter(schema), schema_);
  }

  // What is wrong, or nothing.
  std::string refuses(const json& document) {
    if (document.is_discarded()) return "not JSON";
    valijson::ValidationResults results;
    if (validator_.validate(schema_, NlohmannJsonAdapter(document), &results)) return {};
    std::string reasons = "refused:";
    for (valijson::ValidationResults::Error error; results.popError(error);)
      reasons += " " + error.description;
    return reasons;
  }

 private:
  valijson::Schema schema_;
  valijson::Validator validator_;   // remembers the patterns that it has compiled
};

Validator& validator() {
  static Validator published(published_schema());
  return published;
}

class SchemaAccepts : public testing::TestWithParam<std::filesystem::path> {};
class SchemaRefuses : public testing::TestWithParam<std::filesystem::path> {};

// The list of the packet path is the one that documents may name.
TEST(Schema, KnowsTheProtocolsThatThePacketPathKnows) {
  std::set<json> names, with_ports;
#define X(name, number, tuple, translated, begun, answered) \
  names.insert(#name);                                      \
  if ((tuple) == SL_TUPLE_PORTS) with_ports.insert({#name, number});
  SL_PROTOCOLS(X)
#undef X
  const json& definitions = published_schema()["definitions"];
  const json& protocol = definitions["protocol"]["anyOf"][0]["enum"];
  EXPECT_EQ((std::set<json>(protocol.begin(), protocol.end())), names);
  const json& ports = definitions["protocol_with_ports"]["enum"];
  EXPECT_EQ((std::set<json>(ports.begin(), ports.end())), with_ports);
}

TEST_P(SchemaAccepts, AsCheckDoes) {
  EXPECT_EQ(validator().refuses(parse_json(test::text_of(GetParam()))), "");
}

TEST_P(SchemaRefuses, AsCheckDoes) {
  EXPECT_NE(validator().refuses(parse_json(test::text_of(GetParam()))), "");
}

INSTANTIATE_TEST_SUITE_P(Documents, SchemaAccepts,
                         testing::ValuesIn(test::documents_in({test::kDocuments / "good", test::kExamples})),
                         test::name_of);
INSTANTIATE_TEST_SUITE_P(Documents, SchemaRefuses,
                         testing::ValuesIn(test::documents_in(test::kDocuments / "bad")), test::name_of);

// A refused document may be refused for another key than the one that is meant: here each form of one
// value goes through both, alone.
std::string document_with_set_member(const std::string& text) {
  return R"({ "version": 1, "sets": { "a": [")" + text + R"("] } })";
}

TEST(Schema, SeesAddressesAsCheckDoes) {
  for (const char* text : {"0.0.0.0",
                           "255.255.255.255",
                           "256.0.0.1",
                           "1.2.3",
                           "01.2.3.4",
                           "1.2.3.4.5",
                           "0.0.0.0/0",
                           "192.0.2.0/32",
                           "192.0.2.0/33",
                           "::",
                           "::1",
                           "1::",
                           "1:2:3:4:5:6:7:8",
                           "1:2:3:4:5:6:7:8:9",
                           "1:2:3:4:5:6:7",
                           "1:2:3:4:5:6:7::",
                           "::2:3:4:5:6:7:8",
                           "1::3:4:5:6:7:8",
                           "1:2::4:5:6:7:8",
                           "1:2:3::5:6:7:8",
                           "1:2:3:4::6:7:8",
                           "1:2:3:4:5::7:8",
                           "1:2:3:4:5:6::8",
                           "1::2::3",
                           ":::",
                           ":1",
                           "1:",
                           "::/0",
                           "::/128",
                           "::/129",
                           "12345::",
                           "abcd:EF01::",
                           "g::",
                           "::1.2.3.4",
                           "1::1.2.3.4",
                           "1:2:3:4:5:6:1.2.3.4",
                           "1:2:3:4:5::1.2.3.4",
                           "1:2::5:6:1.2.3.4",
                           "1:2:3:4:5:6:7:1.2.3.4",
                           "::1.2.3.256",
                           "::1.2.3",
                           "1.2.3.4::",
                           "",
                           " ::1",
                           "1:2:3::4:5:6:7:8",
                           "::/",
                           "/64",
                           "::/064",
                           "1.2.3.4/+8"}) {
    const auto document = document_with_set_member(text);
    EXPECT_EQ(validator().refuses(parse_json(document)).empty(), check_document(document, "x").has_value())
        << text;
  }
}

std::string document_with_port(const std::string& port) {
  return R"({ "version": 1, "interfaces": { "a": { "zone": "a" } }, "policies": [{ "name": "p", "from": "a", "to": "a",
      "action": "drop", "protocol": "tcp", "ports": )" +
         port + " }] }";
}

TEST(Schema, SeesPortsAsCheckDoes) {
  for (int port = -2; port<65540; port += port> 10 && port < 65520 ? 977 : 1) {
    const auto number = document_with_port(std::to_string(port)),
               text = document_with_port("\"" + std::to_string(port) + "\"");
    EXPECT_EQ(validator().refuses(parse_json(number)).empty(), check_document(number, "x").has_value())
        << port;
    EXPECT_EQ(validator().refuses(parse_json(text)).empty(), check_document(text, "x").has_value()) << port;
  }
}

// Every key of the schema carries what editors show and docs/configuration.md prints.
void expect_described(const json& properties, const std::string& where) {
  for (const auto& [key, value] : properties.items()) {
    EXPECT_TRUE(value.contains("description")) << where << key;
    EXPECT_TRUE(value.contains("examples") || value.contains("properties")) << where << key;
    if (value.contains("properties")) expect_described(value["properties"], where + key + ".");
  }
}

TEST(Schema, DescribesEveryKeyWithExamples) {
  expect_described(published_schema()["properties"], "");
  for (const auto& [name, definition] : published_schema()["definitions"].items()) {
    EXPECT_TRUE(definition.contains("description")) << name;
    if (definition.contains("properties")) expect_described(definition["properties"], name + ".");
  }
}

void expect_valid_examples(const json& property, const std::string& where) {
  json schema = property;
  schema["definitions"] = published_schema()["definitions"];
  Validator one(schema);
  for (const auto& example : property["examples"])
    EXPECT_EQ(one.refuses(example), "") << where << ": " << example;
}

TEST(Schema, ItsOwnExamplesAreValid) {
  for (const auto& [name, definition] : published_schema()["definitions"].items()) {
    if (!definition.contains("properties")) continue;
    for (const auto& [key, property] : definition["properties"].items())
      expect_valid_examples(property, name + "." + key);
  }
}

}   // namespace
}   // namespace sluice
