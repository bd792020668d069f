// SPDX-License-Identifier: GPL-2.0-or-later
#include "cli/full_screen.hpp"

#define NCURSES_NOMACROS   // its names are those of too many others
#include <fcntl.h>
#include <ncurses.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <string_view>
#include <utility>

#include "base/unique_fd.hpp"

namespace sluice::cli {
namespace {

struct CloseStream {
  void operator()(std::FILE* file) const { std::fclose(file); }
};
using Stream = std::unique_ptr<std::FILE, CloseStream>;

Stream stream_of(int fd, const char* mode) {
  UniqueFd own(::fcntl(fd, F_DUPFD_CLOEXEC, 0));
  Stream stream(own ? ::fdopen(own.get(), mode) : nullptr);
  if (stream) own.release();
  return stream;
}

constexpr std::pair<int, Stroke> kStrokes[] = {
    {ERR, Stroke::kNone},         {KEY_RESIZE, Stroke::kResize},  {KEY_UP, Stroke::kUp},
    {KEY_DOWN, Stroke::kDown},    {KEY_LEFT, Stroke::kLeft},      {KEY_RIGHT, Stroke::kRight},
    {KEY_PPAGE, Stroke::kPageUp}, {KEY_NPAGE, Stroke::kPageDown}, {KEY_HOME, Stroke::kHome},
    {KEY_END, Stroke::kEnd},      {KEY_ENTER, Stroke::kEnter},    {'\n', Stroke::kEnter},
    {'\r', Stroke::kEnter},       {'\x1b', Stroke::kEscape},      {KEY_BACKSPACE, Stroke::kErase},
    {'\x7f', Stroke::kErase},     {'\b', Stroke::kErase},         {'\t', Stroke::kTab},
    {KEY_BTAB, Stroke::kBackTab},
};

Typed typed_of(int code) {
  for (const auto& [known, stroke] : kStrokes)
    if (known == code) return {stroke};
  if (code >= 0x20 && code < 0x7f) return {Stroke::kCharacter, static_cast<char>(code)};
  return {Stroke::kOther};
}

class Ncurses final : public FullScreen {
 public:
  Ncurses(Stream in, Stream out, SCREEN* screen, bool colour)
      : in_(std::move(in)), out_(std::move(out)), screen_(screen) {
    ::cbreak();
    ::noecho();
    ::keypad(stdscr, TRUE);
    ::nodelay(stdscr, TRUE);
    ::set_escdelay(kEscapeMilliseconds);
    ::curs_set(0);   // where it can be hidden
    has_colour_ = colour && ::has_colors() && ::start_color() == OK;
    if (!has_colour_) return;
    ::use_default_colors();
    ::init_pair(kGoodPair, COLOR_GREEN, -1);
    ::init_pair(kBadPair, COLOR_RED, -1);
  }
  Ncurses(const Ncurses&) = delete;
  Ncurses& operator=(const Ncurses&) = delete;
  ~Ncurses() override {
    ::endwin();
    ::delscreen(screen_);
  }

  ScreenSize size() const override {
    return {static_cast<size_t>(std::max(LINES, 1)), static_cast<size_t>(std::max(COLS, 1))};
  }

  // What does not fit is not written: a line that reaches the edge would go on below.
  void draw(const std::vector<ViewLine>& lines) override {
    ::erase();
    int row = 0;
    for (const ViewLine& line : lines) {
      const auto attributes = attributes_of(line.tone);
      ::attron(attributes);
      ::mvaddnstr(row++, 0, line.text.c_str(), COLS);
      ::attroff(attributes);
    }
    ::refresh();
  }

  Typed key() override { return typed_of(::getch()); }

 private:
  static constexpr short kGoodPair = 1, kBadPair = 2;
  static constexpr int kEscapeMilliseconds = 50;   // between the bytes of one key

  // Without colours what is bad is bold.
  int attributes_of(Tone tone) const {
    switch (tone) {
      case Tone::kHead: return static_cast<int>(A_BOLD);
      case Tone::kGood: return has_colour_ ? static_cast<int>(COLOR_PAIR(kGoodPair)) : 0;
      case Tone::kBad: return static_cast<int>(has_colour_ ? COLOR_PAIR(kBadPair) | A_BOLD : A_BOLD);
      case Tone::kChosen: return static_cast<int>(A_REVERSE);
      case Tone::kPlain: break;
    }
    return 0;
  }

  Stream in_, out_;
  SCREEN* screen_;
  bool has_colour_ = false;
};

}   // namespace

// newterm() answers where initscr() would end the process.
std::unique_ptr<FullScreen> FullScreen::open(const Console& console) {
  const char* terminal = std::getenv("TERM");
  const bool can = terminal && *terminal && std::string_view(terminal) != "dumb";
  if (!can || !console.is_terminal() || ::isatty(console.in_fd()) != 1) return nullptr;
  Stream in = stream_of(console.in_fd(), "r"), out = stream_of(console.out_fd(), "w");
  if (!in || !out) return nullptr;
  SCREEN* screen = ::newterm(nullptr, out.get(), in.get());
  if (!screen) return nullptr;
  return std::make_unique<Ncurses>(std::move(in), std::move(out), screen, console.colour());
}

}   // namespace sluice::cli
