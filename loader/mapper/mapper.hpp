// SPDX-License-Identifier: GPL-2.0-or-later
// From what a host sends to what it is answered. Knows no sockets; who grants is somebody else.
#pragma once

#include <functional>
#include <map>
#include <string>
#include <unordered_map>

#include "mapper/budget.hpp"
#include "model/mapping_request.hpp"
#include "pcp/message.hpp"

namespace sluice {

class Mapper {
 public:
  // That wait to be granted, of each zone an equal part; what comes beyond it is dropped.
  static constexpr size_t kMostOpen = 1024;

  // `ask` has a request decided; done() is called then.
  explicit Mapper(std::function<void(const MappingRequest&)> ask) : ask_(std::move(ask)) {}

  void follow(const MappingOrder& order);

  using Answer = std::function<void(const pcp::Bytes&)>;
  // Of a zone that the order has. `answer` is not called where nothing is said.
  void hear(const std::string& zone, const IpAddress& source, pcp::BytesView message, Answer answer);
  void done(const MappingAnswer& answer);

  // Seconds since the epoch began.
  uint32_t epoch() const;
  const MappingOrder& order() const { return order_; }
  const MappingNews& counts() const { return counts_; }   // without troubles

 private:
  struct Open {
    std::string zone;
    pcp::Request request;
    Answer answer;
  };

  bool has_room(const std::string& zone) const;
  const MappingZone* find(const std::string& zone) const;
  static bool is_of_zone(const MappingZone& zone, const IpAddress& host);
  void refuse(pcp::BytesView message, pcp::Code code, const Answer& answer);
  std::optional<pcp::Code> wrong_with(const MappingZone& zone, const IpAddress& source,
                                      const pcp::Request& request) const;
  std::optional<pcp::Code> wrong_with_map(const MappingZone& zone, const IpAddress& source,
                                          const pcp::Request& request) const;
  void answer_at_once(const MappingZone& zone, const pcp::Request& request, const Answer& answer);
  void ask(const MappingZone& zone, const IpAddress& source, pcp::Request request, Answer answer);

  std::function<void(const MappingRequest&)> ask_;
  MappingOrder order_;
  std::map<std::string, MessageBudgets> budgets_;   // by zone
  std::unordered_map<uint64_t, Open> open_;
  uint64_t asked_ = 0;
  MappingNews counts_;
};

}   // namespace sluice
