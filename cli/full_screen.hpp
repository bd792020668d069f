// SPDX-License-Identifier: GPL-2.0-or-later
// A terminal that is ours as a whole, until this object ends; ncurses stays behind it.
#pragma once

#include <memory>
#include <vector>

#include "cli/console.hpp"
#include "cli/view_line.hpp"

namespace sluice::cli {

enum class Stroke {
  kNone,        // nothing was typed
  kCharacter,   // that it means: printable ASCII
  kOther,
  kResize,
  kUp,
  kDown,
  kLeft,
  kRight,
  kPageUp,
  kPageDown,
  kHome,
  kEnd,
  kEnter,
  kEscape,
  kErase,
  kTab,
  kBackTab
};

struct Typed {
  Stroke stroke = Stroke::kNone;
  char character = 0;   // of kCharacter
  bool operator==(const Typed&) const = default;
};

class FullScreen {
 public:
  // Null: this terminal cannot do it, or there is none.
  static std::unique_ptr<FullScreen> open(const Console& console);
  virtual ~FullScreen() = default;   // the terminal is as it was before

  virtual ScreenSize size() const = 0;
  virtual void draw(const std::vector<ViewLine>& lines) = 0;
  virtual Typed key() = 0;   // the next that was typed
};

}   // namespace sluice::cli
