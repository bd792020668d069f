// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/rtnl_socket.hpp"

#include <algorithm>
#include <cerrno>

namespace sluice {

namespace {

// A table that changes faster than it can be read ten times over is a fault that must be told.
constexpr int kDumpAttempts = 10;

std::unexpected<Error> refused(const std::string& attempt, const NlVerdict& verdict) {
  Error failure = refusal_of(attempt, verdict);
  // A missing capability is EPERM; rtnetlink's EACCES is a state of the device ("IPv6 is disabled").
  if (verdict.errnum == EACCES) failure.kind = ErrorKind::kFailed;
  return std::unexpected(std::move(failure));
}

}   // namespace

Result<RtnlSocket> RtnlSocket::open() { return of(TRY(open_rtnetlink(0))); }

Result<RtnlSocket> RtnlSocket::open_generic() { return of(TRY(open_generic_netlink())); }

Result<RtnlSocket> RtnlSocket::of(MnlSocket socket) {
  TRY(set_netlink_option(socket.get(), NETLINK_EXT_ACK, 1, "NETLINK_EXT_ACK"));
  TRY(set_netlink_option(socket.get(), NETLINK_CAP_ACK, 1, "NETLINK_CAP_ACK"));
  TRY(set_netlink_option(socket.get(), NETLINK_GET_STRICT_CHK, 1, "NETLINK_GET_STRICT_CHK"));
  return RtnlSocket(std::move(socket));
}

Result<> RtnlSocket::send(NlRequest request) {
  TRY(send_unless(std::move(request), {}));
  return {};
}

Result<bool> RtnlSocket::send_unless(NlRequest request, std::initializer_list<int> tolerated) {
  return get_unless(std::move(request), tolerated, ignore_message);
}

Result<bool> RtnlSocket::get_unless(NlRequest request, std::initializer_list<int> tolerated,
                                    const EachMessage& each) {
  const Answer answer = TRY(ask(request, NLM_F_ACK, each));
  if (answer.verdict->errnum == 0) return true;
  if (std::ranges::find(tolerated, answer.verdict->errnum) != tolerated.end()) return false;
  return refused(request.attempt(), *answer.verdict);
}

Result<> RtnlSocket::dump_messages(NlRequest request, const std::function<void()>& restart,
                                   const EachMessage& each) {
  for (int attempt = 0; attempt < kDumpAttempts; ++attempt) {
    restart();
    const Answer answer = TRY(ask(request, NLM_F_DUMP, each));
    if (answer.verdict->errnum != 0) return refused(request.attempt(), *answer.verdict);
    if (!answer.interrupted) return {};
  }
  return fail(request.attempt() + ": it changed each time while it was read");
}

Result<RtnlSocket::Answer> RtnlSocket::ask(NlRequest& request, uint16_t flags, const EachMessage& each) {
  if (request.too_long()) return fail(request.attempt() + ": a value is too long for a netlink message");
  request.stamp(++sequence_, flags);
  const auto bytes = request.bytes();
  if (mnl_socket_sendto(socket_.get(), bytes.data(), bytes.size()) < 0)
    return fail_errno(request.attempt(), errno);
  Answer answer;
  while (!answer.verdict) {
    const auto datagram = TRY_TO(request.attempt(), receive_netlink(socket_.get(), buffer_));
    for_each_message(datagram, [&](const nlmsghdr& message) { take(message, each, answer); });
  }
  return answer;
}

// Messages with another number are the rest of an earlier answer that was given up.
void RtnlSocket::take(const nlmsghdr& message, const EachMessage& each, Answer& answer) const {
  if (message.nlmsg_seq != sequence_ || answer.verdict) return;
  if (message.nlmsg_flags & NLM_F_DUMP_INTR) answer.interrupted = true;
  answer.verdict = parse_verdict(message);
  if (!answer.verdict && message.nlmsg_type >= NLMSG_MIN_TYPE) each(message);
}

}   // namespace sluice
