// SPDX-License-Identifier: GPL-2.0-or-later
// What sluice changed on the machine, and notes.

#include "store/store.hpp"

namespace sluice {

namespace {

struct TextPair {
  std::string first, second;
};

TextPair read_pair(const SqlRow& row) { return {row.text(0), row.text(1)}; }
OriginalSysctl read_sysctl_row(const SqlRow& row) { return {row.text(0), row.text(1)}; }

}   // namespace

Result<> Store::add_owned_address(const std::string& link, const InterfaceAddress& address) {
  return database_.run("INSERT OR IGNORE INTO owned_addresses (link, address) VALUES (?, ?)",
                       {link, address.to_string()});
}

Result<> Store::remove_owned_address(const std::string& link, const InterfaceAddress& address) {
  return database_.run("DELETE FROM owned_addresses WHERE link = ? AND address = ?",
                       {link, address.to_string()});
}

Result<std::set<OwnedAddress>> Store::owned_addresses() {
  std::set<OwnedAddress> owned;
  for (auto& [link, text] : TRY(database_.rows("SELECT link, address FROM owned_addresses", read_pair))) {
    const auto address = InterfaceAddress::parse(text);
    if (!address) return database_.damaged("\"" + text + "\" is not an address");
    owned.emplace(std::move(link), *address);
  }
  return owned;
}

Result<> Store::remember_sysctl(std::string_view path, std::string_view value) {
  return database_.run("INSERT OR IGNORE INTO original_sysctls (path, value) VALUES (?, ?)", {path, value});
}

Result<> Store::forget_sysctl(std::string_view path) {
  return database_.run("DELETE FROM original_sysctls WHERE path = ?", {path});
}

Result<std::vector<OriginalSysctl>> Store::original_sysctls() {
  return database_.rows("SELECT path, value FROM original_sysctls ORDER BY position", read_sysctl_row);
}

Result<> Store::note(std::string_view key, std::string_view value) {
  return database_.run(
      "INSERT INTO notes (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value",
      {key, value});
}

Result<std::optional<std::string>> Store::note(std::string_view key) {
  auto values = TRY(database_.rows("SELECT value FROM notes WHERE key = ?", first_text, {key}));
  if (values.empty()) return std::nullopt;
  return std::move(values.front());
}

// Devices that sluice made, and what it put into them.

namespace {

OwnedLinkRecord read_link(const SqlRow& row) {
  return {row.text(0), row.text(1), static_cast<uint32_t>(row.number(2)), row.text(3)};
}

std::pair<std::string, std::string> read_member(const SqlRow& row) { return {row.text(0), row.text(1)}; }

}   // namespace

Result<> Store::put_owned_link(const OwnedLinkRecord& record) {
  return database_.run("INSERT OR REPLACE INTO owned_links (link, kind, number, boot) VALUES (?, ?, ?, ?)",
                       {record.link, record.kind, int64_t{record.index}, record.boot});
}

Result<> Store::remove_owned_link(const std::string& link) {
  return database_.run("DELETE FROM owned_links WHERE link = ?", {link});
}

Result<std::vector<OwnedLinkRecord>> Store::owned_links() {
  return database_.rows("SELECT link, kind, number, boot FROM owned_links ORDER BY link", read_link);
}

Result<> Store::put_owned_member(const std::string& link, const std::string& master) {
  return database_.run("INSERT OR REPLACE INTO owned_members (link, master) VALUES (?, ?)", {link, master});
}

Result<> Store::remove_owned_member(const std::string& link) {
  return database_.run("DELETE FROM owned_members WHERE link = ?", {link});
}

Result<std::map<std::string, std::string>> Store::owned_members() {
  const auto rows = TRY(database_.rows("SELECT link, master FROM owned_members", read_member));
  return std::map<std::string, std::string>(rows.begin(), rows.end());
}

}   // namespace sluice
