#include <charconv>
#include <utility>

#include <actors/gateway/event_ring.hpp>

namespace headway::gateway {

namespace {

/// What one write takes of a reader's arrears.
constexpr std::size_t most_per_piece = 256 * 1024;

}  // namespace

event_ring::event_ring(std::string series, ring_limits limits)
    : series_(std::move(series)), limits_(limits) {}

void event_ring::add(std::string_view name, std::string_view data) {
  auto frame = "id: " + id_of(last() + 1);
  frame.append("\nevent: ").append(name).append("\ndata: ").append(data).append("\n\n");
  bytes_ += frame.size();
  frames_.push_back(std::move(frame));
  while (frames_.size() > limits_.events || bytes_ > limits_.bytes) {
    bytes_ -= frames_.front().size();
    frames_.pop_front();
    ++first_;
  }
}

bool event_ring::continues(std::uint64_t position) const {
  return position + 1 >= first_ && position <= last();
}

std::optional<std::uint64_t> event_ring::position_of(std::string_view id) const {
  if (!id.starts_with(series_) || id.substr(series_.size()).substr(0, 1) != "-")
    return std::nullopt;
  const auto number = id.substr(series_.size() + 1);
  std::uint64_t position = 0;
  const auto* const end = number.data() + number.size();
  const auto [stop, error] = std::from_chars(number.data(), end, position);
  if (error != std::errc{} || stop != end)
    return std::nullopt;
  return position;
}

std::string event_ring::id_of(std::uint64_t position) const {
  return series_ + "-" + std::to_string(position);
}

std::shared_ptr<const std::string> event_ring::take(std::uint64_t& position, std::size_t most) {
  if (position == last())
    return nullptr;
  if (!shared_.bytes || shared_.from != position || shared_.to < last()) {
    auto bytes = std::make_shared<std::string>();
    shared_ = {position, position, bytes};
    do {
      bytes->append(frames_[shared_.to + 1 - first_]);
      ++shared_.to;
    } while (shared_.to < last() &&
             bytes->size() + frames_[shared_.to + 1 - first_].size() <= most);
  }
  position = shared_.to;
  return shared_.bytes;
}

event_reader::event_reader(std::shared_ptr<event_ring> ring, std::string_view last_event_id)
    : ring_(std::move(ring)), position_(ring_->last()) {
  ++ring_->readers_;
  const auto read = ring_->position_of(last_event_id);
  const bool resumes = read && ring_->continues(*read);
  if (resumes)
    position_ = *read;
  // A second between two attempts, and an id even when nothing happens before the next one.
  greeting_ = "retry: 1000\nid: " + ring_->id_of(position_) + "\n";
  if (!resumes && !last_event_id.empty())
    greeting_.append("event: reset\ndata: {}\n");
  greeting_.append("\n");
}

event_reader::~event_reader() {
  --ring_->readers_;
}

std::shared_ptr<const std::string> event_reader::take() {
  return ring_->take(position_, most_per_piece);
}

}  // namespace headway::gateway
