// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/nft/dry_run.hpp"

#include "kernel/nft/context.hpp"

namespace sluice {

std::string dry_run(const std::string& commands) {
  const auto context = NftContext::make();
  if (!context) return context.error().message;
  nft_ctx_set_dry_run(context->get(), true);
  return nft_run_cmd_from_buffer(context->get(), commands.c_str()) == 0 ? "" : context->complaint();
}

}   // namespace sluice
