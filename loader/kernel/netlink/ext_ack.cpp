// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/ext_ack.hpp"

#include <libmnl/libmnl.h>

#include <cerrno>
#include <cstdlib>

#include "kernel/netlink/attributes.hpp"

namespace sluice {

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

}   // namespace sluice
