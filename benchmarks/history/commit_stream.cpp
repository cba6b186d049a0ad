#include <algorithm>
#include <array>
#include <ostream>
#include <string_view>

#include <benchmarks/history/commit_stream.hpp>

namespace headway::history {

namespace {

constexpr std::int64_t day = 86'400;
constexpr commit_mark file_mark = 1;
/// Commits are made under it; it is gone in the end.
constexpr std::string_view scratch = "refs/scratch/line";
constexpr std::size_t message_count = 4'096;
constexpr std::array<std::string_view, 40> words{
    "add",   "avoid", "buffer", "cache", "check", "clock", "device", "driver", "drop",  "entry",
    "error", "fix",   "flag",   "free",  "guard", "inode", "irq",    "leak",   "limit", "list",
    "lock",  "map",   "move",   "node",  "page",  "path",  "pin",    "probe",  "queue", "race",
    "read",  "reset", "round",  "size",  "state", "table", "timer",  "trace",  "use",   "wake"};

}  // namespace

commit_stream::commit_stream(std::ostream& out, dice& random, double skewed)
    : out_{out}, dice_{random}, skewed_{skewed}, times_(file_mark + 1, 0) {
  out_ << "feature done\nblob\nmark :" << file_mark << "\ndata 2\nx\n\n";
  for (std::size_t i = 0; i < message_count; ++i) {
    append_message();
    messages_.push_back(std::move(text_));
    text_.clear();
  }
}

void commit_stream::append_message() {
  const auto say = [&](std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      text_ += words[dice_.below(words.size())];
      text_ += i % 10 == 9 || i + 1 == count ? '\n' : ' ';
    }
  };
  say(5 + dice_.below(5));
  text_ += '\n';
  say(20 + dice_.below(50));
}

commit_mark commit_stream::commit(const std::vector<commit_mark>& parents, std::int64_t time) {
  for (const auto parent : parents)
    time = std::max(time, times_[parent]);
  if (dice_.chance(skewed_))
    time -= 1 + dice_.below(dice_.chance(0.3) ? 30 * day : 3'600);
  times_.push_back(time);
  const auto mark = static_cast<commit_mark>(times_.size() - 1);
  const auto author = std::to_string(dice_.below(1 + dice_.below(4'000)));
  // The mark makes each commit another one, however alike the rest.
  const auto& message = messages_[dice_.below(message_count)];
  const auto trailer = "\nId: " + std::to_string(mark) + "\n";
  text_.clear();
  text_.append("commit ").append(scratch);
  text_.append("\nmark :").append(std::to_string(mark));
  text_.append("\nauthor Developer ").append(author).append(" <d").append(author);
  text_.append("@example.org> ").append(std::to_string(time - dice_.exponential(200'000)));
  text_.append(" +0000\ncommitter Maintainer <m@example.org> ").append(std::to_string(time));
  text_.append(" +0000\ndata ").append(std::to_string(message.size() + trailer.size()));
  text_.append("\n").append(message).append(trailer).append("\n");
  for (std::size_t i = 0; i < parents.size(); ++i)
    text_.append(i == 0 ? "from :" : "merge :").append(std::to_string(parents[i])).append("\n");
  if (parents.empty())
    text_.append("M 100644 :").append(std::to_string(file_mark)).append(" file\n");
  out_ << text_ << '\n';
  ++commits_;
  merges_ += parents.size() > 1 ? 1 : 0;
  octopuses_ += parents.size() > 2 ? 1 : 0;
  return mark;
}

void commit_stream::set(const std::string& ref, commit_mark target) {
  out_ << "reset " << ref << "\nfrom :" << target << "\n\n";
}

void commit_stream::finish() {
  out_ << "reset " << scratch << "\nfrom 0000000000000000000000000000000000000000\n\ndone\n"
       << std::flush;
}

}  // namespace headway::history
