// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/socket.hpp"

#include <libmnl/libmnl.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <string>

#include "kernel/netlink/attributes.hpp"

namespace sluice {

namespace {

Result<MnlSocket> open_netlink(int protocol, int socket_flags, const char* name) {
  MnlSocket socket(mnl_socket_open2(protocol, SOCK_CLOEXEC | socket_flags));
  if (!socket) return fail_errno(std::string("open ") + name, errno);
  if (mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0)
    return fail_errno(std::string("bind ") + name, errno);
  return socket;
}

}   // namespace

Result<MnlSocket> open_rtnetlink(int socket_flags) {
  return open_netlink(NETLINK_ROUTE, socket_flags, "an rtnetlink socket");
}

Result<MnlSocket> open_generic_netlink() {
  return open_netlink(NETLINK_GENERIC, 0, "a generic netlink socket");
}

Result<> set_netlink_option(mnl_socket* socket, int option, int value, const char* name) {
  if (mnl_socket_setsockopt(socket, option, &value, sizeof(value)) == 0) return {};
  return fail_errno(std::string("set ") + name + " on a netlink socket", errno);
}

Result<std::span<const std::byte>> receive_netlink(mnl_socket* socket, std::span<std::byte> buffer) {
  ssize_t size = 0;
  do {
    size = mnl_socket_recvfrom(socket, buffer.data(), buffer.size());
  } while (size < 0 && errno == EINTR);
  if (size < 0) return fail_errno("read the kernel's answer", errno);
  return buffer.first(static_cast<size_t>(size));
}

namespace {

std::string explanation(const nlmsghdr& message, size_t header_size) {
  if (!(message.nlmsg_flags & NLM_F_ACK_TLVS)) return {};
  return std::string(Attributes::of(message, header_size).text(NLMSGERR_ATTR_MSG).value_or(""));
}

// An acknowledgement quotes the request's header; all of the request unless NETLINK_CAP_ACK spared it.
size_t quoted_size(const nlmsghdr& message, const nlmsgerr& error) {
  if (message.nlmsg_flags & NLM_F_CAPPED || error.msg.nlmsg_len < MNL_NLMSG_HDRLEN) return sizeof(error);
  return sizeof(error) + error.msg.nlmsg_len - MNL_NLMSG_HDRLEN;
}

NlVerdict parse_error(const nlmsghdr& message) {
  const auto* error = fixed_part<nlmsgerr>(message);
  if (!error) return {EBADMSG, "the kernel's answer is cut"};
  if (error->error == 0) return {};
  return {std::abs(error->error), explanation(message, quoted_size(message, *error))};
}

// A dump that fails in its middle says so in its last message.
NlVerdict parse_done(const nlmsghdr& message) {
  const auto* status = fixed_part<int>(message);
  if (!status || *status >= 0) return {};
  return {-*status, explanation(message, sizeof(*status))};
}

}   // namespace

std::optional<NlVerdict> parse_verdict(const nlmsghdr& message) {
  switch (message.nlmsg_type) {
    case NLMSG_ERROR: return parse_error(message);
    case NLMSG_DONE: return parse_done(message);
    default: return std::nullopt;
  }
}

Error refusal_of(const std::string& attempt, const NlVerdict& verdict) {
  Error failure = fail_errno(attempt, verdict.errnum).error();
  if (!verdict.text.empty()) failure.message += " (" + verdict.text + ")";
  return failure;
}

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
