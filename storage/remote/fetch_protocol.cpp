#include <algorithm>
#include <array>
#include <charconv>

#include <messages/error.hpp>
#include <storage/remote/answer_words.hpp>
#include <storage/remote/fetch_protocol.hpp>
#include <storage/remote/pkt_line.hpp>

namespace headway::remote {

namespace {

constexpr std::size_t most_acknowledgments = 65'536;
constexpr std::size_t length_digits = 4;
constexpr std::size_t header_bytes = 12;
// Bytes that were given on are dropped when there are so many of them.
constexpr std::size_t worth_moving = 1u << 20;

std::string_view without_newline(std::string_view text) {
  if (text.ends_with('\n'))
    text.remove_suffix(1);
  return text;
}

void append_ids(std::string& out, std::string_view word, const std::vector<oid>& ids) {
  for (const auto& id : ids)
    append_pkt(out, std::string{word} + " " + id.hex() + "\n");
}

}  // namespace

std::string fetch_request(const fetch_question& question) {
  std::string result;
  append_command(result, "command=fetch");
  append_pkt(result, "thin-pack\n");
  append_pkt(result, "no-progress\n");
  append_pkt(result, "ofs-delta\n");
  if (question.annotated == fetch_question::tags::of_sent_commits)
    append_pkt(result, "include-tag\n");
  append_ids(result, "want", question.wants);
  append_ids(result, "have", question.haves);
  if (question.which == fetch_question::round::last || question.haves.empty())
    append_pkt(result, "done\n");
  append_flush(result);
  return result;
}

void fetch_answer::feed(std::string_view bytes) {
  rest_.append(bytes);
  std::string_view left{rest_};
  while (left.size() >= length_digits && phase_ != phase::broken) {
    std::size_t length = 0;
    const auto* end = left.data() + length_digits;
    const auto [stop, problem] = std::from_chars(left.data(), end, length, 16);
    if (problem != std::errc{} || stop != end || length == 3 ||
        length > length_digits + max_payload)
      return fail(senseless("is not in Git's format"));
    if (length < length_digits) {
      left.remove_prefix(length_digits);
      mark(length);
      continue;
    }
    if (left.size() < length)
      break;
    if (!packet(left.substr(length_digits, length - length_digits)))
      return;
    left.remove_prefix(length);
  }
  rest_.erase(0, rest_.size() - left.size());
}

void fetch_answer::end() {
  if (phase_ == phase::negotiating || phase_ == phase::sending)
    fail(senseless("is cut short"));
}

void fetch_answer::take(std::size_t count) {
  taken_ += count;
  if (taken_ == pack_.size() || taken_ >= worth_moving) {
    pack_.erase(0, taken_);
    taken_ = 0;
  }
}

bool fetch_answer::packet(std::string_view payload) {
  switch (part_) {
    case part::start:
      section(without_newline(payload));
      break;
    case part::acknowledgments:
      acknowledgment(without_newline(payload));
      break;
    case part::pack:
      band(payload);
      break;
    case part::over:
      fail(senseless("goes on after its end"));
      break;
  }
  return phase_ != phase::broken;
}

// 0: the end of the answer; 1: of a section.
void fetch_answer::mark(std::size_t length) {
  const bool last = length == 0;
  if (part_ == part::acknowledgments && last && !ready_) {
    part_ = part::over;
    phase_ = phase::asked_for_more;
  } else if (part_ == part::acknowledgments && length == 1 && ready_) {
    part_ = part::start;
  } else if (part_ == part::pack && last && objects_) {
    part_ = part::over;
    phase_ = phase::complete;
  } else {
    fail(senseless("ends where it should go on"));
  }
}

void fetch_answer::section(std::string_view line) {
  if (line == "acknowledgments" && !ready_) {
    part_ = part::acknowledgments;
  } else if (line == "packfile") {
    part_ = part::pack;
    phase_ = phase::sending;
  } else if (line.starts_with("ERR ")) {
    fail(told_by_remote(line.substr(4)));
  } else {
    fail(senseless("holds what was not asked for"));
  }
}

void fetch_answer::acknowledgment(std::string_view line) {
  if (line == "NAK")
    return;
  if (line == "ready") {
    ready_ = true;
    return;
  }
  if (line.starts_with("ERR "))
    return fail(told_by_remote(line.substr(4)));
  const auto id = line.starts_with("ACK ") ? oid::from_hex(line.substr(4)) : std::nullopt;
  if (!id)
    return fail(senseless("holds a line that is no acknowledgment"));
  // A remote acknowledges what it was told of, which are hundreds.
  if (common_.size() == most_acknowledgments)
    return fail(senseless("acknowledges without end"));
  common_.push_back(*id);
}

void fetch_answer::band(std::string_view payload) {
  if (payload.starts_with("ERR "))
    return fail(told_by_remote(payload.substr(4)));
  const auto which = payload.empty() ? '\0' : payload.front();
  const auto content = payload.substr(payload.empty() ? 0 : 1);
  switch (which) {
    case 1:
      pack_.append(content);
      pack_bytes_ += content.size();
      read_header();
      return;
    case 2:  // Progress.
      return;
    case 3:
      return fail(told_by_remote(content));
    default:
      return fail(senseless("is not in Git's format"));
  }
}

void fetch_answer::read_header() {
  if (objects_ || pack_.size() < header_bytes)
    return;
  const auto word = [this](std::size_t at) {
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < 4; ++i)
      value = value << 8 | static_cast<unsigned char>(pack_[at + i]);
    return value;
  };
  if (!pack_.starts_with("PACK") || (word(4) != 2 && word(4) != 3))
    return fail(senseless("holds no pack"));
  objects_ = word(8);
}

void fetch_answer::fail(caf::error why) {
  phase_ = phase::broken;
  error_ = std::move(why);
}

}  // namespace headway::remote
