#include <charconv>

#include <actors/gateway/reusable_reply.hpp>

namespace headway::gateway {

namespace {

/// In no field of a reply: they are control characters.
constexpr std::array<std::string_view, 3> marks{"\1", "\2", "\3"};

void append_milliseconds(std::string& out, std::chrono::nanoseconds time) {
  const auto all = std::chrono::duration_cast<std::chrono::microseconds>(time).count();
  std::array<char, 24> digits;
  const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), all / 1000).ptr;
  out.append(digits.data(), end);
  const auto rest = all % 1000;
  const std::array<char, 4> tail{'.', static_cast<char>('0' + rest / 100),
                                 static_cast<char>('0' + rest / 10 % 10),
                                 static_cast<char>('0' + rest % 10)};
  out.append(tail.data(), tail.size());
}

}  // namespace

reusable_reply::reusable_reply(reply what, body_rule body) {
  static constexpr std::string_view member = R"("as_of":")";
  what.fields.emplace_back(
      "Server-Timing",
      std::string{"db;dur=0.000, pool;dur=0.000, graph;dur=0.000, total;dur="}.append(marks[1]));
  what.fields.emplace_back("X-Request-Id", marks[2]);
  std::string all;
  write(all, what, persistence::keep_alive, body, marks[0]);
  std::string_view rest = all;
  for (std::size_t i = 0; i < gaps; ++i) {
    const auto at = rest.find(marks[i]);
    pieces_[i] = rest.substr(0, at);
    rest.remove_prefix(at + marks[i].size());
  }
  pieces_[gaps] = rest;
  // Quotes inside of strings are escaped, so the first match is the member itself.
  if (const auto at = rest.find(member); at != std::string_view::npos)
    as_of_at_ = at + member.size();
}

void reusable_reply::append_to(std::string& out, const sending& values) const {
  out.append(pieces_[0]).append(values.date).append(pieces_[1]);
  append_milliseconds(out, values.took);
  out.append(pieces_[2]).append(values.id);
  const auto begin = out.size();
  out.append(pieces_[3]);
  if (as_of_at_ != std::string::npos)
    out.replace(begin + as_of_at_, values.as_of.size(), values.as_of);
}

}  // namespace headway::gateway
