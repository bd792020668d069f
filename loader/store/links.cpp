// SPDX-License-Identifier: GPL-2.0-or-later
// Devices that sluice made, and what it put into them.
#include "store/store.hpp"

namespace sluice {

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
