#include <ostream>

#include <tools/terminal/progress.hpp>
#include <tools/terminal/text.hpp>

namespace headway::terminal {

namespace {

constexpr std::chrono::milliseconds live_pause{100};
constexpr std::chrono::seconds line_pause{5};
constexpr std::string_view erase_line = "\r\x1b[K";

}  // namespace

progress::progress(std::ostream& out, progress_style style, std::size_t columns)
    : out_(out), style_(style), columns_(columns) {}

progress::~progress() {
  clear();
}

void progress::show(std::string_view text, time now) {
  const auto pause = style_ == progress_style::live ? std::chrono::milliseconds{live_pause}
                                                    : std::chrono::milliseconds{line_pause};
  if (style_ == progress_style::silent || (last_ && now - *last_ < pause))
    return;
  const bool is_first = !last_;
  last_ = now;
  if (style_ == progress_style::live || !is_first)
    write(text);
}

void progress::finish(std::string_view text) {
  if (style_ == progress_style::silent)
    return;
  clear();
  if (shown_ != text)
    out_ << printable(text) << '\n' << std::flush;
  shown_.clear();
  last_.reset();
}

void progress::clear() {
  if (style_ != progress_style::live || shown_.empty())
    return;
  out_ << erase_line << std::flush;
  shown_.clear();
}

void progress::write(std::string_view text) {
  if (text == shown_)
    return;
  // The last column stays free: some terminals wrap as soon as it is filled.
  if (style_ == progress_style::live)
    out_ << erase_line << shortened(printable(text), columns_ - 1) << std::flush;
  else
    out_ << printable(text) << '\n' << std::flush;
  shown_ = text;
}

std::string counted(std::string_view name, std::size_t done, std::size_t all) {
  return std::string{name} + " " + std::to_string(done) + "/" + std::to_string(all);
}

}  // namespace headway::terminal
