// SPDX-License-Identifier: GPL-2.0-or-later
// nf_tables through libnftables: transactions in, listings out. Each call speaks for itself, so nothing that
// libnftables remembers can be older than the kernel.
#pragma once

#include <nftables/libnftables.h>

#include <cstdint>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "base/result.hpp"

namespace sluice {

// A context of libnftables that keeps what it says.
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

// One transaction as libnftables JSON: all of it or nothing.
Result<> nft_apply(const std::string& commands);
// The same in nft's own language.
Result<> nft_apply_text(const std::string& commands);

// "list set inet sluice objects" as JSON: the list under "nftables". nullopt: there is no such thing.
// `terse`: without the elements of named sets.
Result<std::optional<nlohmann::json>> nft_list(const std::string& command, bool terse = false);

// The same as nft prints it, which nft_apply_text() takes.
Result<std::string> nft_list_text(const std::string& command);

// Commands that nf_tables checks and throws away: the kernel's words when it refuses `commands` (nft's own
// language), in one line; empty: it would take them.
std::string dry_run(const std::string& commands);

}   // namespace sluice
