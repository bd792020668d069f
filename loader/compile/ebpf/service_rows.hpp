// SPDX-License-Identifier: GPL-2.0-or-later
// What services lead to, as rows of the table of backends.
#pragma once

#include <map>

#include "compile/common/service_blocks.hpp"
#include "compile/ebpf/context.hpp"

namespace sluice {

class ServiceRows {
 public:
  explicit ServiceRows(CompileContext& context) : context_(context) {}

  // What the row of a forward says of its service; the rest is empty. Listeners of one family share the rows.
  sl_forward row_of(const Forward& forward);

 private:
  sl_forward put(const Forward& forward);

  CompileContext& context_;
  std::map<const Balancing*, sl_forward> known_;
  TurnTables tables_;
};

}   // namespace sluice
