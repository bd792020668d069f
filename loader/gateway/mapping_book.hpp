// SPDX-License-Identifier: GPL-2.0-or-later
// The ports that hosts were given because they asked, for how long, and what becomes of them when the
// document changes. They are forwards of the settled document.
#pragma once

#include <chrono>
#include <filesystem>
#include <map>
#include <nlohmann/json_fwd.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/result.hpp"
#include "gateway/state_file.hpp"
#include "gateway/taken_ports.hpp"
#include "model/document.hpp"
#include "model/mapping_request.hpp"

namespace sluice {

struct Lease {
  uint16_t outside_port = 0;
  std::string nonce;   // as of the request
  std::chrono::sys_seconds until;
};

class MappingBook {
 public:
  static constexpr StateFileKind kFile{"mappings.json", size_t{16} << 20, "which ports hosts have asked for"};
  using Time = std::chrono::sys_seconds;
  using Leases = std::map<LeaseKey, Lease>;

  // Takes up what an earlier process kept; where there is nothing, or it is damaged, the epoch begins at
  // `now`.
  MappingBook(const std::filesystem::path& state, Time now);

  // One request, of a zone of the document that has an outside address. `taken`: what nobody gets.
  MappingAnswer heed(const Document& document, const MappingRequest& request, const TakenPorts& taken,
                     Time now);
  // Whether a port would have to be found for it.
  bool is_new(const MappingRequest& request) const;

  // The leases that the document lets be, as forwards in the place of those that it has.
  void settle(Document& document) const;
  // Those that are over leave, and so do those that the document does not let be any more; with these the
  // epoch begins anew. Answers whether a lease has left.
  bool prune(const Document& document, Time now);
  // Where zones have their mappings now. Another address than before: the epoch begins anew.
  void note_outside(const std::map<std::string, IpAddress>& outside, Time now);
  // When the next one is over.
  std::optional<Time> next() const;

  Time start() const { return start_; }
  const Leases& leases() const { return leases_; }
  // Those of before an exchange of rules that failed.
  void put_back(Leases&& leases);
  // Writes what changed. Failure: it is as it was on disk.
  Result<> keep();

 private:
  using PortOf = std::pair<uint8_t, uint16_t>;   // protocol, outside port

  void read(const nlohmann::json& kept);
  void end(Leases::iterator lease);
  void put(const LeaseKey& key, Lease lease);
  bool has_room(const Document& document, const LeaseKey& key) const;
  bool is_free(uint8_t protocol, uint16_t port, const TakenPorts& taken) const;
  std::optional<uint16_t> find_port(const Document& document, const MappingRequest& request,
                                    const TakenPorts& taken) const;
  MappingAnswer end_all(const MappingRequest& request);
  MappingAnswer make(const Document& document, const MappingRequest& request, const TakenPorts& taken,
                     Time now);

  StateFile file_;
  Time start_;
  Leases leases_;
  std::map<PortOf, LeaseKey> by_port_;   // wherever it is: an outside port is given once
  std::map<std::string, IpAddress> outside_;
};

}   // namespace sluice
