// SPDX-License-Identifier: GPL-2.0-or-later
// Where a verb writes: data to standard output, everything else to standard error.
#pragma once

#include <string>
#include <string_view>

#include "base/result.hpp"

namespace sluice::cli {

class Console {
 public:
  Console(int in, int out, int err);   // descriptors that stay the caller's

  // Written at once. After the reader of standard output has gone, what follows is discarded.
  void out(std::string_view text);
  void err(std::string_view line);   // a line end is added where it is missing

  bool is_terminal() const { return is_terminal_; }   // standard output
  bool colour() const { return colour_; }             // a terminal, and NO_COLOR does not forbid it
  bool reader_gone() const { return reader_gone_; }
  const Result<>& result() const {
    return result_;
  }   // of writing to standard output: a full disk is a failure
  int in_fd() const { return in_; }
  int out_fd() const { return out_; }

 private:
  int in_, out_, err_;
  bool is_terminal_, colour_;
  bool reader_gone_ = false;
  Result<> result_;
};

}   // namespace sluice::cli
