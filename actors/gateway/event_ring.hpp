/// The last events of a node as the bytes of an event stream (HTML, "Server-sent events"), and
/// those who read them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace headway::gateway {

/// What is kept for readers that are behind, and for those who come back.
struct ring_limits {
  std::size_t events = 16'384;
  std::size_t bytes = 4 * 1024 * 1024;
};

/// Every event is held once, however many read it. Positions count events from the start; an
/// event's position is that of the reader who has just read it.
///
/// Not thread-safe: the gateway's thread owns it.
class event_ring {
 public:
  /// `series` tells the ids of this process from those of another; no spaces, no "-".
  explicit event_ring(std::string series, ring_limits limits = {});

  /// REQUIRES: neither holds a line break.
  void add(std::string_view name, std::string_view data);

  std::uint64_t last() const { return first_ + frames_.size() - 1; }
  /// Whether a reader at `position` has missed nothing.
  bool continues(std::uint64_t position) const;
  /// What was read by whoever says so in "Last-Event-ID"; nothing when that is from another process
  /// or none of our ids.
  std::optional<std::uint64_t> position_of(std::string_view id) const;
  std::string id_of(std::uint64_t position) const;

  /// The events after `position`, which moves to the last of them: at most `most` bytes, and at
  /// least one event. Null when there is none. Readers who stand together share the bytes.
  /// REQUIRES: `continues(position)`.
  std::shared_ptr<const std::string> take(std::uint64_t& position, std::size_t most);

  std::size_t readers() const { return readers_; }

 private:
  friend class event_reader;

  std::string series_;
  ring_limits limits_;
  std::deque<std::string> frames_;
  std::uint64_t first_ = 1;  ///< Position of the front.
  std::size_t bytes_ = 0;
  std::size_t readers_ = 0;
  struct piece {
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::shared_ptr<const std::string> bytes;
  } shared_;
};

/// Somebody who reads the events, from now on or from where he left off.
class event_reader {
 public:
  /// `last_event_id` is what the client says it has read; empty when it has read nothing.
  event_reader(std::shared_ptr<event_ring> ring, std::string_view last_event_id);
  ~event_reader();
  event_reader(const event_reader&) = delete;
  event_reader& operator=(const event_reader&) = delete;

  /// What comes first: where the reader stands, and that events were missed, if they were.
  const std::string& greeting() const { return greeting_; }
  /// What comes next, in pieces that a socket can take; null when there is nothing.
  std::shared_ptr<const std::string> take();
  bool is_behind() const { return position_ != ring_->last(); }
  /// Events have gone that were not read yet: the reader is too slow.
  bool is_lost() const { return !ring_->continues(position_); }

 private:
  std::shared_ptr<event_ring> ring_;
  std::uint64_t position_;
  std::string greeting_;
};

}  // namespace headway::gateway
