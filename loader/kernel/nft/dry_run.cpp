// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/dry_run.hpp"

#include <nftables/libnftables.h>

#include <memory>

namespace sluice {
namespace {

struct FreeContext {
  void operator()(nft_ctx* context) const { nft_ctx_free(context); }
};
using Context = std::unique_ptr<nft_ctx, FreeContext>;

// "/dev/stdin:1:1-9: Error: Could not process rule: Operation not permitted" and a picture of the place.
std::string first_line(std::string text) {
  text.resize(std::min(text.find('\n'), text.size()));
  constexpr std::string_view kMark = "Error: ";
  const size_t at = text.find(kMark);
  return at == std::string::npos ? text : text.substr(at + kMark.size());
}

}   // namespace

std::string dry_run(const std::string& commands) {
  const Context context(nft_ctx_new(NFT_CTX_DEFAULT));
  if (!context) return "libnftables has no memory";
  nft_ctx_set_dry_run(context.get(), true);
  nft_ctx_buffer_error(context.get());
  nft_ctx_buffer_output(context.get());
  if (nft_run_cmd_from_buffer(context.get(), commands.c_str()) == 0) return "";
  const std::string said = first_line(nft_ctx_get_error_buffer(context.get()));
  return said.empty() ? "nf_tables refuses it without a word" : said;
}

}   // namespace sluice
