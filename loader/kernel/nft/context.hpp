// SPDX-License-Identifier: GPL-2.0-or-later
// A context of libnftables that keeps what it says.
#pragma once

#include <nftables/libnftables.h>

#include <memory>
#include <string>

#include "base/result.hpp"

namespace sluice {

class NftContext {
 public:
  static Result<NftContext> make() {
    NftContext context(nft_ctx_new(NFT_CTX_DEFAULT));
    if (!context.context_) return fail("libnftables has no memory");
    nft_ctx_buffer_error(context.get());
    nft_ctx_buffer_output(context.get());
    return context;
  }

  nft_ctx* get() const { return context_.get(); }

  // "/dev/stdin:1:1-9: Error: Could not process rule: Operation not permitted" and a picture of the place,
  // as one line without them.
  std::string complaint() const {
    std::string text = nft_ctx_get_error_buffer(get());
    constexpr std::string_view kMark = "Error: ";
    if (const size_t at = text.find(kMark); at != std::string::npos) text.erase(0, at + kMark.size());
    text.resize(std::min(text.find('\n'), text.size()));
    return text.empty() ? "nf_tables refuses it without a word" : text;
  }

 private:
  struct Free {
    void operator()(nft_ctx* context) const { nft_ctx_free(context); }
  };
  explicit NftContext(nft_ctx* context) : context_(context) {}
  std::unique_ptr<nft_ctx, Free> context_;
};

}   // namespace sluice
