// SPDX-License-Identifier: GPL-2.0-or-later
// Has events of translation told to collectors where the document says so, by a process of its own.
#pragma once

#include <boost/asio/io_context.hpp>
#include <chrono>
#include <map>
#include <string>

#include "gateway/gateway.hpp"
#include "ipfix/record_queue.hpp"
#include "ipfix/wire.hpp"
#include "talk/helper_link.hpp"

namespace sluice {

class NatLogFollower {
 public:
  NatLogFollower(boost::asio::io_context& io, Gateway& gateway);

  // Another document may be in force.
  void look_again();
  void stop();

  // Whether mappings are to go to the journal.
  bool wants_journal() const { return wants_journal_; }
  void note(const NatEvent& event);   // told with the next send()
  void note_lost(uint64_t events);    // that found no room in the ring
  void send() { link_.tell(); }

 private:
  struct Total {
    uint64_t sent = 0, lost = 0;
  };

  std::string next();
  Result<> heed(const std::string& line);
  void forget();
  void tell_nobody();
  void tell_news();
  void tell_losses(const std::vector<CollectorNews>& rows);
  void tell_trouble(const std::string& trouble);
  Total total_of(const CollectorCounts& counts) const;

  Gateway& gateway_;
  HelperLink link_;                        // of one that does not run: nobody is told
  std::string wanted_, sent_;              // frames
  RecordQueue queue_;                      // what the process was not handed yet
  uint64_t lost_ = 0;                      // and it was not told yet that they are
  uint64_t handed_ = 0;                    // to the process that runs
  IpfixNews news_;                         // of it
  std::map<std::string, Total> earlier_;   // of processes before it
  std::map<std::string, uint64_t> told_;   // losses that were logged
  std::chrono::steady_clock::time_point told_at_{};
  bool wants_journal_ = true;
};

}   // namespace sluice
