// SPDX-License-Identifier: GPL-2.0-or-later
// Which addresses are open because somebody looked a name up, for policies with domains.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "gateway/state_file.hpp"
#include "model/document.hpp"
#include "model/opened_change.hpp"
#include "model/resolver_order.hpp"

namespace sluice {

// A policy and an address that it leads to.
using OpenedBy = std::pair<std::string, IpAddress>;

class NameBook {
 public:
  static constexpr StateFileKind kFile{"names.json", size_t{64} << 20, "what names have opened"};
  using Time = std::chrono::system_clock::time_point;
  static constexpr size_t kMostOfPolicy = 16'384, kMostNamesOfAddress = 16;

  // Takes up what an earlier process kept.
  explicit NameBook(const std::filesystem::path& state);

  // Answers what is opened that was not. The grace of the document comes on top of each time.
  std::vector<OpenedChange> note(const Document& document, const LookUp& look_up, Time now);
  // The sets of policies with domains have what is open.
  void settle(Document& document);
  // Whose time is over.
  std::set<OpenedBy> over(const Document& document, Time now);
  // These leave, but for those of `live`, which stay for another while. What no policy of the document means
  // any more leaves too. Answers whether an address was closed.
  bool close(const Document& document, const std::set<OpenedBy>& over, const std::set<OpenedBy>& live,
             Time now);
  // When the next one's time is over, or earlier: it may have been given more since. over() finds that out.
  std::optional<Time> next(const Document& document);
  // What was noted outlives the process from now on. It is written behind what the file has; what has changed
  // otherwise is written anew.
  void keep();
  // The file has no more lines than it needs: somebody is to call that now and then.
  void tidy();

  struct Row {
    std::string policy, zone, name;
    IpAddress address;
    Time until;
  };
  std::vector<Row> rows(const Document& document) const;

 private:
  using Names = std::map<std::string, Time>;
  using Addresses = std::map<IpAddress, Names>;
  using PolicyInZone = std::pair<std::string, std::string>;

  const Addresses* of(const Policy& policy) const;
  bool read_line(const std::string& line);   // false: it is damaged
  static Time& add(Addresses& addresses, const IpAddress& address, const std::string& name, Time until);
  void note_line(const PolicyInZone& policy, const IpAddress& address, const std::string& name, Time until);
  bool is_long() const;
  void write_anew();

  StateFile file_;
  std::map<PolicyInZone, Addresses> opened_;
  std::string lines_;      // that the file does not have yet
  size_t written_ = 0;     // lines that it has
  bool is_whole_ = true;   // what it has and these lines are all that there is
  bool next_known_ = false;
  std::optional<Time> next_;
};

}   // namespace sluice
