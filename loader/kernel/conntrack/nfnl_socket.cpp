// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/conntrack/nfnl_socket.hpp"

#include <sys/socket.h>

#include <cerrno>
#include <optional>

namespace sluice {

Result<NfnlSocket> NfnlSocket::open() {
  MnlSocket socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
  if (!socket) return fail_errno("open an nfnetlink socket", errno);
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0)
    return fail_errno("bind an nfnetlink socket", errno);
  TRY(set_netlink_option(socket.get(), NETLINK_EXT_ACK, 1, "NETLINK_EXT_ACK"));
  TRY(set_netlink_option(socket.get(), NETLINK_CAP_ACK, 1, "NETLINK_CAP_ACK"));
  return NfnlSocket(std::move(socket));
}

// A refusal is always told; an acknowledgement of the last request says that all were looked at.
Result<> NfnlSocket::send(std::span<NlRequest> requests, uint16_t flags, Progress& progress) {
  std::vector<std::byte> datagram;
  progress.first = sequence_ + 1;
  for (NlRequest& request : requests) {
    if (request.too_long()) return fail(request.attempt() + ": a value is too long for a netlink message");
    request.stamp(++sequence_, &request == &requests.back() ? flags : 0);
    const auto bytes = request.bytes();
    datagram.insert(datagram.end(), bytes.begin(), bytes.end());
    datagram.resize(NLMSG_ALIGN(datagram.size()));
  }
  progress.last = sequence_;
  if (mnl_socket_sendto(socket_.get(), datagram.data(), datagram.size()) < 0)
    return fail_errno(requests.front().attempt(), errno);
  return {};
}

// The messages of one datagram.
Result<> NfnlSocket::receive(const EachMessage& message, const EachRefusal& refusal, Progress& progress) {
  const auto datagram = TRY(receive_netlink(socket_.get(), buffer_));
  for_each_message(datagram, [&](const nlmsghdr& m) {
    const uint32_t index = m.nlmsg_seq - progress.first;
    if (index > progress.last - progress.first) return;   // the rest of an answer that was given up
    progress.interrupted |= (m.nlmsg_flags & NLM_F_DUMP_INTR) != 0;
    const auto verdict = parse_verdict(m);
    if (!verdict) return m.nlmsg_type >= NLMSG_MIN_TYPE ? message(m) : void();
    progress.denied |= verdict->errnum == EPERM;
    progress.complete |= m.nlmsg_seq == progress.last;
    if (verdict->errnum) refusal(index, *verdict);
  });
  return {};
}

// Without the privilege the kernel answers the first request only.
Result<> NfnlSocket::collect(const EachMessage& message, const EachRefusal& refusal, Progress& progress) {
  while (!progress.complete && !progress.denied) TRY(receive(message, refusal, progress));
  return {};
}

Result<> NfnlSocket::ask(std::span<NlRequest> requests, const EachMessage& message,
                         const EachRefusal& refusal) {
  if (requests.empty()) return {};
  Progress progress;
  TRY(send(requests, NLM_F_ACK, progress));
  TRY_TO(requests.front().attempt(), collect(message, refusal, progress));
  if (progress.denied) return fail_errno(requests.front().attempt(), EPERM);
  return {};
}

Result<bool> NfnlSocket::dump_once(NlRequest& request, const EachMessage& message) {
  Progress progress;
  std::optional<NlVerdict> refused;
  TRY(send({&request, 1}, NLM_F_DUMP, progress));
  TRY_TO(request.attempt(),
         collect(
             message, [&](size_t, const NlVerdict& verdict) { refused = verdict; }, progress));
  if (refused) return std::unexpected(refusal_of(request.attempt(), *refused));
  return !progress.interrupted;
}

Result<> NfnlSocket::dump(NlRequest request, const EachMessage& message) {
  if (!TRY(dump_once(request, message))) TRY(dump_once(request, message));
  return {};
}

Result<> NfnlSocket::begin_dump(NlRequest request) {
  dump_ = {};
  dumped_ = request.attempt();
  return send({&request, 1}, NLM_F_DUMP, dump_);
}

Result<bool> NfnlSocket::next_of_dump(const EachMessage& message) {
  std::optional<NlVerdict> refused;
  if (!dump_.complete)
    TRY_TO(dumped_, receive(
                        message, [&](size_t, const NlVerdict& verdict) { refused = verdict; }, dump_));
  if (refused) return std::unexpected(refusal_of(dumped_, *refused));
  return !dump_.complete;
}

}   // namespace sluice
