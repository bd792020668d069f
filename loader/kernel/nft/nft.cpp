// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/nft.hpp"

#include <linux/capability.h>
#include <linux/netfilter/nf_tables.h>
#include <linux/netfilter/nfnetlink.h>

#include <boost/algorithm/string/erase.hpp>
#include <cstring>

#include "kernel/nft/probe.hpp"
#include "kernel/privileges.hpp"

namespace sluice {

namespace {

// Whom the kernel refuses is told so by libnftables itself, on stderr: so who may be refused asks first.
Result<NftContext> make_context() {
  if (!has_capability(CAP_NET_ADMIN))
    if (const int error = ask_netfilter(NFNL_SUBSYS_NFTABLES, NFT_MSG_GETGEN))
      return fail_errno("ask nftables", error);
  return NftContext::make();
}

Result<> run(NftContext& context, const std::string& commands) {
  if (nft_run_cmd_from_buffer(context.get(), commands.c_str()) == 0) return {};
  return fail("change the table of nftables: " + context.complaint());
}

}   // namespace

Result<> nft_apply(const std::string& commands) {
  NftContext context = TRY(make_context());
  nft_ctx_output_set_flags(context.get(), NFT_CTX_OUTPUT_JSON);
  return run(context, commands);
}

Result<> nft_apply_text(const std::string& commands) {
  NftContext context = TRY(make_context());
  return run(context, commands);
}

Result<std::optional<nlohmann::json>> nft_list(const std::string& command, bool terse) {
  NftContext context = TRY(make_context());
  nft_ctx_output_set_flags(context.get(), NFT_CTX_OUTPUT_JSON | (terse ? NFT_CTX_OUTPUT_TERSE : 0));
  if (nft_run_cmd_from_buffer(context.get(), command.c_str()) != 0) {
    const std::string said = context.complaint();
    if (said.find(std::strerror(ENOENT)) != std::string::npos) return std::nullopt;
    return fail(command + " of nftables: " + said);
  }
  auto answer = nlohmann::json::parse(nft_ctx_get_output_buffer(context.get()), nullptr, false);
  if (!answer.is_object() || !answer.contains("nftables"))
    return fail(command + ": nftables answers no JSON");
  return std::optional(std::move(answer["nftables"]));
}

Result<std::string> nft_list_text(const std::string& command) {
  NftContext context = TRY(make_context());
  if (nft_run_cmd_from_buffer(context.get(), command.c_str()) != 0)
    return fail(command + " of nftables: " + context.complaint());
  std::string text = nft_ctx_get_output_buffer(context.get());
  // What libnftables 1.0.6 says behind a port of connection tracking ("0x35 [invalid type]"), and does not
  // take back.
  constexpr std::string_view kMark = " [invalid type]";
  boost::algorithm::erase_all(text, kMark);
  return text;
}

std::string dry_run(const std::string& commands) {
  const auto context = make_context();
  if (!context) return context.error().message;
  nft_ctx_set_dry_run(context->get(), true);
  return nft_run_cmd_from_buffer(context->get(), commands.c_str()) == 0 ? "" : context->complaint();
}

}   // namespace sluice
