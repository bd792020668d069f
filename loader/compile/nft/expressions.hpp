// SPDX-License-Identifier: GPL-2.0-or-later
// Expressions and statements of nftables as libnftables JSON (libnftables-json(5)), by their names there.
#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>
#include <vector>

#include "base/protocol.hpp"
#include "model/address.hpp"

namespace sluice::nft {

using nlohmann::json;

inline json meta(std::string_view key) { return {{"meta", {{"key", key}}}}; }
inline json ct(std::string_view key) { return {{"ct", {{"key", key}}}}; }
inline json ct(std::string_view key, std::string_view direction) {
  return {{"ct", {{"key", key}, {"dir", direction}}}};
}

// The protocol within a key of intervals. `meta l4proto` would do, but nft turns that one byte to network
// order there, which Linux 6.12.117 refuses ("Operation not supported").
inline json protocol_in_key() { return ct("protocol", "original"); }
inline json payload(std::string_view protocol, std::string_view field) {
  return {{"payload", {{"protocol", protocol}, {"field", field}}}};
}
// "oif": the interface that the route to the address leads out of; "type": what the address is to this
// machine.
inline json fib(std::string_view result, std::string_view address) {
  return {{"fib", {{"result", result}, {"flags", json::array({address})}}}};
}
// The same in the routing tables that are asked for packets of this mark.
inline json fib_by_mark(std::string_view result, std::string_view address) {
  return {{"fib", {{"result", result}, {"flags", json::array({address, "mark"})}}}};
}
inline json concat(std::vector<json> parts) { return {{"concat", std::move(parts)}}; }
inline json bits(json value, uint32_t mask) { return {{"&", json::array({std::move(value), mask})}}; }
inline json any_of(std::vector<json> values) { return {{"set", std::move(values)}}; }
inline json range(json first, json last) {
  return {{"range", json::array({std::move(first), std::move(last)})}};
}
// A string as JSON. Most need no escapes, and are asked for ten thousand at a time.
inline std::string in_quotes(std::string_view text) {
  const auto is_plain = [](char c) { return c >= ' ' && c <= '~' && c != '"' && c != '\\'; };
  if (!std::ranges::all_of(text, is_plain)) return json(text).dump();
  return std::string(1, '"').append(text).append(1, '"');
}

inline json prefix(const Prefix& p) {
  return {{"prefix", {{"addr", p.address.to_string()}, {"len", p.length}}}};
}
inline std::string prefix_text(const Prefix& p) {
  if (p.length == p.address.bits()) return in_quotes(p.address.to_string());
  std::string text(R"({"prefix":{"addr":")");
  return text.append(p.address.to_string())
      .append(R"(","len":)")
      .append(std::to_string(p.length))
      .append("}}");
}
inline json lookup(json key, json map) {
  return {{"map", {{"key", std::move(key)}, {"data", std::move(map)}}}};
}
inline std::string at(std::string_view name) { return "@" + std::string(name); }   // a named set or map

inline json match(json left, json right, std::string_view op = "==") {
  return {{"match", {{"op", op}, {"left", std::move(left)}, {"right", std::move(right)}}}};
}
// The same as text, for one rule. Long lists of policies are made of it: values take several times as long,
// and fmt writes into a string letter by letter.
class RuleText {
 public:
  explicit RuleText(std::string_view comment = "") {
    text_.reserve(kUsual);
    text_ = "{";
    if (!comment.empty()) text_.append(R"("comment":)").append(in_quotes(comment)).append(",");
    text_ += R"("expr":[)";
    empty_ = text_.size();
  }
  void add(std::string_view expression) {
    separate();
    text_ += expression;
  }
  void match(std::string_view left, std::string_view right) {
    separate();
    text_.append(R"({"match":{"left":)")
        .append(left)
        .append(R"(,"op":"==","right":)")
        .append(right)
        .append("}}");
  }
  void set(std::string_view key, uint32_t value) {
    separate();
    text_.append(R"({"mangle":{"key":)")
        .append(key)
        .append(R"(,"value":)")
        .append(std::to_string(value))
        .append("}}");
  }
  std::string take() && { return std::move(text_ += "]}"); }

 private:
  static constexpr size_t kUsual = 400;   // bytes of a policy's rule
  void separate() {
    if (text_.size() != empty_) text_ += ',';
  }
  std::string text_;
  size_t empty_ = 0;
};
inline json unlike(json left, json right) { return match(std::move(left), std::move(right), "!="); }
inline json is_in(json left, json right) { return match(std::move(left), std::move(right), "in"); }
inline json branch(json key, json map) {
  return {{"vmap", {{"key", std::move(key)}, {"data", std::move(map)}}}};
}
inline json go(std::string_view chain) { return {{"goto", {{"target", chain}}}}; }
inline json jump(std::string_view chain) { return {{"jump", {{"target", chain}}}}; }
inline json accept() { return {{"accept", nullptr}}; }
inline json drop() { return {{"drop", nullptr}}; }
inline json leave() { return {{"return", nullptr}}; }
inline json set_to(json key, json value) {
  return {{"mangle", {{"key", std::move(key)}, {"value", std::move(value)}}}};
}
// Adds one to the counter that the set keeps for this key; the key's row is made when it is not there.
inline json count(json key, std::string_view set) {
  return {{"set",
           {{"op", "add"},
            {"elem", std::move(key)},
            {"set", at(set)},
            {"stmt", json::array({{{"counter", nullptr}}})}}}};
}

// Matches, and counts in the object's row. The packet's mark is there also where it has no flow; it stands
// for a constant, which nft takes for no key of a set.
inline json count_object(uint32_t number) {
  return match({{"|", json::array({bits(meta("mark"), 0), number})}}, at("objects"));
}

// Spelling by family.
inline std::string_view protocol_of(Family family) { return family == Family::kIpv4 ? "ip" : "ip6"; }
inline std::string_view suffix_of(Family family) { return family == Family::kIpv4 ? "4" : "6"; }
inline std::string_view type_of(Family family) { return family == Family::kIpv4 ? "ipv4_addr" : "ipv6_addr"; }
inline std::string named(std::string_view what, Family family) {
  return std::string(what) + std::string(suffix_of(family));
}
inline json source(Family family) { return payload(protocol_of(family), "saddr"); }
inline json destination(Family family) { return payload(protocol_of(family), "daddr"); }
inline json of_family(Family family) {
  return match(meta("nfproto"), family == Family::kIpv4 ? "ipv4" : "ipv6");
}
inline json icmp_type(Family family, std::vector<json> types) {
  return match(payload(family == Family::kIpv4 ? "icmp" : "icmpv6", "type"), any_of(std::move(types)));
}

inline json networks(std::initializer_list<const char*> texts) {
  std::vector<json> list;
  for (const char* text : texts) list.push_back(prefix(*Prefix::parse(text)));
  return any_of(std::move(list));
}
// An address of the flow's tuple: ct_address("original", "daddr", family).
inline json ct_address(std::string_view direction, std::string_view field, Family family) {
  return ct(std::string(protocol_of(family)) + " " + std::string(field), direction);
}

inline json protocols_that_have_ports() {
  std::vector<json> names;
  for (const std::string_view name : protocols_with_ports()) names.emplace_back(name);
  return any_of(std::move(names));
}

inline constexpr Family kFamilies[] = {Family::kIpv4, Family::kIpv6};

}   // namespace sluice::nft
