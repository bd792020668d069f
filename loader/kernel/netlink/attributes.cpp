// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/netlink/attributes.hpp"

#include <libmnl/libmnl.h>

namespace sluice {

namespace {

template <class Each>
void for_each_in(std::span<const uint8_t> payload, Each&& each) {
  const auto* attribute = reinterpret_cast<const nlattr*>(payload.data());
  const uint8_t* end = payload.data() + payload.size();
  while (mnl_attr_ok(attribute, static_cast<int>(end - reinterpret_cast<const uint8_t*>(attribute)))) {
    each(attribute);
    attribute = mnl_attr_next(attribute);
  }
}

std::span<const uint8_t> payload_of(const nlattr* attribute) {
  return {static_cast<const uint8_t*>(mnl_attr_get_payload(attribute)), mnl_attr_get_payload_len(attribute)};
}

}   // namespace

const void* fixed_part(const nlmsghdr& message, size_t size) {
  if (message.nlmsg_len < MNL_NLMSG_HDRLEN + size) return nullptr;
  return mnl_nlmsg_get_payload(&message);
}

Attributes Attributes::of(const nlmsghdr& message, size_t header_size) {
  const size_t offset = MNL_NLMSG_HDRLEN + MNL_ALIGN(header_size);
  if (message.nlmsg_len <= offset) return {};
  const auto* start = reinterpret_cast<const uint8_t*>(&message);
  return in({start + offset, message.nlmsg_len - offset});
}

Attributes Attributes::in(std::span<const uint8_t> payload) {
  Attributes found;
  for_each_in(payload, [&](const nlattr* attribute) {
    const uint16_t type = mnl_attr_get_type(attribute);
    if (type < kTypes) found.table_[type] = attribute;
  });
  return found;
}

std::vector<Attributes> Attributes::list_in(std::span<const uint8_t> payload, uint16_t type) {
  std::vector<Attributes> nests;
  for (const auto value : values_in(payload, type)) nests.push_back(in(value));
  return nests;
}

std::vector<std::span<const uint8_t>> Attributes::values_in(std::span<const uint8_t> payload, uint16_t type) {
  std::vector<std::span<const uint8_t>> values;
  for_each_in(payload, [&](const nlattr* attribute) {
    if (mnl_attr_get_type(attribute) == type) values.push_back(payload_of(attribute));
  });
  return values;
}

std::optional<uint16_t> Attributes::u16(uint16_t type) const {
  const nlattr* attribute = find(type);
  if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_U16) < 0) return std::nullopt;
  return mnl_attr_get_u16(attribute);
}

std::optional<uint32_t> Attributes::u32(uint16_t type) const {
  const nlattr* attribute = find(type);
  if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_U32) < 0) return std::nullopt;
  return mnl_attr_get_u32(attribute);
}

std::optional<std::string_view> Attributes::text(uint16_t type) const {
  const nlattr* attribute = find(type);
  if (!attribute || mnl_attr_validate(attribute, MNL_TYPE_NUL_STRING) < 0) return std::nullopt;
  return mnl_attr_get_str(attribute);
}

std::span<const uint8_t> Attributes::bytes(uint16_t type) const {
  const nlattr* attribute = find(type);
  if (!attribute) return {};
  return payload_of(attribute);
}

}   // namespace sluice
