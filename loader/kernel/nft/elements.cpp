// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/elements.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <linux/netfilter.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

// The builder's functions answer the object that they were called on: moving it there does not move it away.
// NOLINTBEGIN(bugprone-use-after-move)
namespace sluice {
namespace {

constexpr size_t kElementsOfMessage = 256;
constexpr uint8_t kCommentOfElement = 0;   // NFTNL_UDATA_SET_ELEM_COMMENT of libnftnl
constexpr int kRoomPerElement = 64;        // bytes, about half of which are used
constexpr int kUsualRoom = 1 << 16;        // that a socket has

NlRequest border(uint16_t type) {
  return NlRequest(type, 0, "change elements of nftables")
      .header(nfgenmsg{
          .nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = htons(NFNL_SUBSYS_NFTABLES)});
}

// Type, length and text with its NUL: how nft keeps comments.
std::vector<uint8_t> comment_bytes(const std::string& comment) {
  std::vector<uint8_t> bytes{kCommentOfElement, static_cast<uint8_t>(comment.size() + 1)};
  bytes.insert(bytes.end(), comment.begin(), comment.end());
  bytes.push_back(0);
  return bytes;
}

void put_element(NlRequest&& list, const NftElement& element) {
  std::move(list).nest(NFTA_LIST_ELEM, [&](NlRequest&& one) {
    std::move(one).nest(NFTA_SET_ELEM_KEY,
                        [&](NlRequest&& key) { std::move(key).bytes(NFTA_DATA_VALUE, element.key); });
    if (!element.comment.empty())
      std::move(one).bytes(NFTA_SET_ELEM_USERDATA, comment_bytes(element.comment));
  });
}

// Of one set, and all of them come or all of them go.
NlRequest message_of(std::span<const NftElement> elements) {
  const NftElement& first = elements.front();
  const auto type = static_cast<uint16_t>(NFNL_SUBSYS_NFTABLES << 8 |
                                          (first.adds ? NFT_MSG_NEWSETELEM : NFT_MSG_DELSETELEM));
  return NlRequest(type, first.adds ? NLM_F_CREATE : 0, fmt::format("change set {} of nftables", first.set))
      .header(nfgenmsg{.nfgen_family = NFPROTO_INET, .version = NFNETLINK_V0, .res_id = 0})
      .text(NFTA_SET_ELEM_LIST_TABLE, "sluice")
      .text(NFTA_SET_ELEM_LIST_SET, first.set)
      .nest(NFTA_SET_ELEM_LIST_ELEMENTS, [&](NlRequest&& list) {
        for (const NftElement& element : elements) put_element(std::move(list), element);
      });
}

std::vector<NlRequest> batch_of(std::span<const NftElement> elements) {
  std::vector<NlRequest> batch;
  batch.push_back(border(NFNL_MSG_BATCH_BEGIN));
  while (!elements.empty()) {
    const auto other = std::ranges::find_if(elements, [&](const NftElement& one) {
      return one.set != elements.front().set || one.adds != elements.front().adds;
    });
    const auto count = std::min<size_t>(static_cast<size_t>(other - elements.begin()), kElementsOfMessage);
    batch.push_back(message_of(elements.first(count)));
    elements = elements.subspan(count);
  }
  batch.push_back(border(NFNL_MSG_BATCH_END));
  return batch;
}

}   // namespace

Result<NftElements> NftElements::open() {
  MnlSocket socket(mnl_socket_open2(NETLINK_NETFILTER, SOCK_CLOEXEC));
  if (!socket || mnl_socket_bind(socket.get(), 0, MNL_SOCKET_AUTOPID) < 0)
    return fail_errno("open a socket to nftables", errno);
  TRY(set_netlink_option(socket.get(), NETLINK_EXT_ACK, 1, "NETLINK_EXT_ACK"));
  TRY(set_netlink_option(socket.get(), NETLINK_CAP_ACK, 1, "NETLINK_CAP_ACK"));
  return NftElements(std::move(socket));
}

// The last message is acknowledged when all are in force. A refusal of any is one of all.
Result<> NftElements::await_verdict(uint32_t last, const std::string& attempt) {
  for (bool done = false; !done;) {
    std::optional<NlVerdict> refused;
    for_each_message(TRY(receive_netlink(socket_.get(), buffer_)), [&](const nlmsghdr& message) {
      const auto verdict = parse_verdict(message);
      if (!verdict) return;
      if (verdict->errnum) refused = *verdict;
      done |= message.nlmsg_seq == last;
    });
    if (refused) return std::unexpected(refusal_of(attempt, *refused));
  }
  return {};
}

Result<> NftElements::change(std::span<const NftElement> elements) {
  if (elements.empty()) return {};
  const int room = kRoomPerElement * static_cast<int>(elements.size());
  if (room > kUsualRoom)
    (void)setsockopt(mnl_socket_get_fd(socket_.get()), SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room));
  std::vector<std::byte> datagram;
  std::vector<NlRequest> batch = batch_of(elements);
  const auto last = sequence_ + static_cast<uint32_t>(batch.size() - 1);   // of the elements
  for (NlRequest& message : batch) {
    if (message.too_long()) return fail(message.attempt() + ": too long for a netlink message");
    ++sequence_;
    message.stamp(sequence_, sequence_ == last ? NLM_F_ACK : 0);
    const auto bytes = message.bytes();
    datagram.insert(datagram.end(), bytes.begin(), bytes.end());
    datagram.resize(NLMSG_ALIGN(datagram.size()));
  }
  if (mnl_socket_sendto(socket_.get(), datagram.data(), datagram.size()) < 0)
    return fail_errno(batch[1].attempt(), errno);
  return await_verdict(last, batch[1].attempt());
}

}   // namespace sluice
// NOLINTEND(bugprone-use-after-move)
