// SPDX-License-Identifier: GPL-2.0-or-later
// libnftables JSON as text in the manner of nft's own language, so that expectations can be read.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

namespace sluice::test {

using nlohmann::json;

std::string plain(const json& value);

inline std::string joined(const json& list, const char* between) {
  std::string text;
  for (const json& value : list) text += (text.empty() ? "" : between) + plain(value);
  return text;
}

inline std::string field(const json& body, const char* key) {
  return body.contains(key) ? " " + plain(body[key]) : "";
}

inline std::string plain_match(const json& body) {
  const std::string op = body["op"];
  return plain(body["left"]) + (op == "==" ? " " : " " + op + " ") + plain(body["right"]);
}

inline std::string plain_nat(const std::string& kind, const json& body) {
  const std::string port = body.contains("port") ? " : " + plain(body["port"]) : "";
  const std::string flags = body.contains("flags") ? " " + joined(body["flags"], ",") : "";
  return kind + " " + plain(body["addr"]) + port + flags;
}

inline std::string plain_object(const std::string& kind, const json& body) {
  if (kind == "concat") return joined(body, " . ");
  if (kind == "range") return joined(body, "-");
  if (kind == "&" || kind == "|") return joined(body, (" " + kind + " ").c_str());
  if (kind == "prefix") return plain(body["addr"]) + "/" + plain(body["len"]);
  if (kind == "match") return plain_match(body);
  if (kind == "meta") return plain(body["key"]);
  if (kind == "ct") return "ct" + field(body, "dir") + field(body, "key");
  if (kind == "payload") return plain(body["protocol"]) + field(body, "field");
  if (kind == "fib") return "fib " + joined(body["flags"], " . ") + field(body, "result");
  if (kind == "goto" || kind == "jump") return kind + field(body, "target");
  if (kind == "map" || kind == "vmap") return plain(body["key"]) + " " + kind + field(body, "data");
  if (kind == "mangle") return plain(body["key"]) + " set" + field(body, "value");
  if (kind == "elem") return plain(body["val"]) + field(body, "comment");
  if (kind == "snat" || kind == "dnat") return plain_nat(kind, body);
  if (kind == "jhash") return "jhash" + field(body, "expr") + " mod" + field(body, "mod");
  if (kind == "set" && body.is_object()) return "count" + field(body, "elem") + " in" + field(body, "set");
  if (kind == "set") return "{ " + joined(body, ", ") + " }";
  return body.is_null() ? kind : kind + " " + body.dump();
}

// A list is a row of a map here: its key and what stands there.
inline std::string plain(const json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) return joined(value, " : ");
  if (!value.is_object() || value.size() != 1) return value.dump();
  return plain_object(value.begin().key(), value.begin().value());
}

}   // namespace sluice::test
