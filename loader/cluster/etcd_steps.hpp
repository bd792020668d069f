// SPDX-License-Identifier: GPL-2.0-or-later
// Parts of what is asked of etcd, and of what it answers, as JSON (etcd 3.4: KV.Range, KV.Put, KV.Txn).
#pragma once

#include <cstdint>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

namespace sluice {

// etcd tells numbers of 64 bits as text, and leaves out what is 0.
int64_t number_in(const nlohmann::json& object, const char* key);
std::string text_in(const nlohmann::json& object, const char* key);   // empty where it is none

nlohmann::json range_of(const std::string& prefix);   // of all keys that begin so
// Of these those that are not before `first`.
nlohmann::json range_from(const std::string& first, const std::string& prefix);
nlohmann::json range_before(const std::string& first, const std::string& behind);   // up to it, without it
// When an answer was true; of a change: when it was done.
int64_t revision_of_etcd(const nlohmann::json& answer);
// `lease`: that it ends with; empty: none.
nlohmann::json putting(const std::string& key, const std::string& value, const std::string& lease = {});
nlohmann::json put_step(const std::string& key, const nlohmann::json& value, const std::string& lease = {});
nlohmann::json delete_step(const std::string& key);
// Whether it is as it was written at this revision of etcd; 0: it is not there.
nlohmann::json is_of(const std::string& key, int64_t mod);

struct KeyValue {
  std::string key, value;
  std::string lease;   // that it ends with; empty: none
  int64_t mod = 0;
};
// In the order of keys; rows that make no sense are left out.
std::vector<KeyValue> rows_of(const nlohmann::json& answer);

// What a watch tells of a key, one after the other as it was done.
struct KeyEvent {
  KeyValue row;
  bool is_gone = false;   // then the row has no value
};
std::vector<KeyEvent> events_of(const nlohmann::json& result);

}   // namespace sluice
