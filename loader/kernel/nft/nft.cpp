// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/nft.hpp"

#include <arpa/inet.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <cstring>

#include "kernel/conntrack/nfnl_socket.hpp"
#include "kernel/netlink/attributes.hpp"
#include "kernel/nft/context.hpp"

namespace sluice {
namespace {

constexpr uint32_t kTransactionNumber = 1;   // NFTA_GEN_ID

Result<> run(NftContext& context, const std::string& commands) {
  if (nft_run_cmd_from_buffer(context.get(), commands.c_str()) == 0) return {};
  return fail("change the table of nftables: " + context.complaint());
}

}   // namespace

Result<> nft_apply(const std::string& commands) {
  NftContext context = TRY(NftContext::make());
  nft_ctx_output_set_flags(context.get(), NFT_CTX_OUTPUT_JSON);
  return run(context, commands);
}

Result<> nft_apply_text(const std::string& commands) {
  NftContext context = TRY(NftContext::make());
  return run(context, commands);
}

Result<std::optional<nlohmann::json>> nft_list(const std::string& command, bool terse) {
  NftContext context = TRY(NftContext::make());
  nft_ctx_output_set_flags(context.get(), NFT_CTX_OUTPUT_JSON | (terse ? NFT_CTX_OUTPUT_TERSE : 0));
  if (nft_run_cmd_from_buffer(context.get(), command.c_str()) != 0) {
    const std::string said = context.complaint();
    if (said.find(std::strerror(ENOENT)) != std::string::npos) return std::nullopt;
    return fail(command + " of nftables: " + said);
  }
  auto answer = nlohmann::json::parse(nft_ctx_get_output_buffer(context.get()), nullptr, false);
  if (!answer.is_object() || !answer.contains("nftables")) return fail(command + ": nftables answers no JSON");
  return std::optional(std::move(answer["nftables"]));
}

Result<uint32_t> nft_generation() {
  NfnlSocket socket = TRY(NfnlSocket::open());
  NlRequest requests[] = {NlRequest(NFNL_SUBSYS_NFTABLES << 8 | NFT_MSG_GETGEN, 0, "ask nf_tables for its state")
                              .header(nfgenmsg{.nfgen_family = AF_UNSPEC, .version = NFNETLINK_V0, .res_id = 0})};
  uint32_t number = 0;
  std::optional<NlVerdict> refused;
  TRY(socket.ask(
      requests,
      [&](const nlmsghdr& message) {
        number = ntohl(Attributes::of(message, sizeof(nfgenmsg)).u32(kTransactionNumber).value_or(0));
      },
      [&](size_t, const NlVerdict& verdict) { refused = verdict; }));
  if (refused) return refusal_of(requests[0], *refused);
  return number;
}

}   // namespace sluice
