// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/request.hpp"

#include <libmnl/libmnl.h>

#include <cstring>

namespace sluice {

namespace {

constexpr size_t kMaxAttribute = 0xffff;   // nlattr::nla_len, header included

}   // namespace

NlRequest::NlRequest(uint16_t type, uint16_t flags, std::string attempt)
    : buffer_(MNL_NLMSG_HDRLEN), attempt_(std::move(attempt)) {
  nlmsghdr* head = mnl_nlmsg_put_header(buffer_.data());
  head->nlmsg_type = type;
  head->nlmsg_flags = flags | NLM_F_REQUEST;
}

NlRequest&& NlRequest::u8(uint16_t type, uint8_t value) && { return put(type, &value, sizeof(value)); }

NlRequest&& NlRequest::u16(uint16_t type, uint16_t value) && { return put(type, &value, sizeof(value)); }

NlRequest&& NlRequest::u32(uint16_t type, uint32_t value) && { return put(type, &value, sizeof(value)); }

NlRequest&& NlRequest::text(uint16_t type, std::string_view value) && {
  const std::string terminated(value);
  return put(type, terminated.c_str(), terminated.size() + 1);
}

NlRequest&& NlRequest::bytes(uint16_t type, std::span<const uint8_t> value) && {
  return put(type, value.data(), value.size());
}

std::span<const std::byte> NlRequest::bytes() const { return buffer_; }

void NlRequest::stamp(uint32_t sequence, uint16_t more_flags) {
  message()->nlmsg_seq = sequence;
  message()->nlmsg_flags |= more_flags;
}

nlmsghdr* NlRequest::message() { return reinterpret_cast<nlmsghdr*>(buffer_.data()); }

void NlRequest::put_header(const void* data, size_t size) {
  make_room(size);
  std::memcpy(mnl_nlmsg_put_extra_header(message(), size), data, size);
}

NlRequest&& NlRequest::put(uint16_t type, const void* data, size_t size) {
  if (size > kMaxAttribute - MNL_ATTR_HDRLEN) {
    too_long_ = true;
    return std::move(*this);
  }
  make_room(MNL_ATTR_HDRLEN + size);
  mnl_attr_put(message(), type, size, data);
  return std::move(*this);
}

// libmnl writes behind the message's end without asking, so the buffer grows first; new bytes are zero,
// which makes the padding zero.
void NlRequest::make_room(size_t size) { buffer_.resize(buffer_.size() + MNL_ALIGN(size)); }

size_t NlRequest::open_nest(uint16_t type) {
  const size_t start = buffer_.size();
  make_room(MNL_ATTR_HDRLEN);
  mnl_attr_nest_start(message(), type);
  return start;
}

void NlRequest::close_nest(size_t start) {
  if (buffer_.size() - start > kMaxAttribute) too_long_ = true;
  mnl_attr_nest_end(message(), reinterpret_cast<nlattr*>(buffer_.data() + start));
}

}   // namespace sluice
