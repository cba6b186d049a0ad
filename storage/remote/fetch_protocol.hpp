/// Asking for objects in Git's protocol version 2 and taking the answer apart while it comes in:
/// gitprotocol-v2(5), gitformat-pack(5). No connection, no clock.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/error.hpp>
#include <caf/expected.hpp>

#include <messages/ids.hpp>

namespace headway::remote {

/// What is wanted and what is here already. A server keeps nothing between two rounds, so each
/// repeats what the ones before have found.
struct fetch_question {
  std::vector<oid> wants;
  std::vector<oid> haves;
  enum class round { server_decides, last };
  round which = round::server_decides;
  enum class tags { as_wanted, of_sent_commits };
  tags annotated = tags::as_wanted;  ///< Whether tags come along with what they point to.
};

std::string fetch_request(const fetch_question& question);

/// An answer, fed in pieces of any size. The server's own words in errors are printable and
/// redacted.
class fetch_answer {
 public:
  enum class phase {
    negotiating,
    asked_for_more,  ///< Ended: what is here has too little in common with what is wanted.
    sending,         ///< The pack has begun.
    complete,        ///< It has ended as it should.
    broken,          ///< `error` says why.
  };

  /// Takes what has come in.
  void feed(std::string_view bytes);
  /// Nothing more comes: whatever is not complete is broken then.
  void end();

  phase now() const noexcept { return phase_; }
  /// Commits that both sides have.
  const std::vector<oid>& common() const noexcept { return common_; }
  /// Bytes of the pack that have not been taken.
  std::string_view pack() const noexcept { return std::string_view{pack_}.substr(taken_); }
  void take(std::size_t count);
  /// Of the whole pack so far.
  std::uint64_t pack_bytes() const noexcept { return pack_bytes_; }
  /// As the pack's header says, once that is there.
  std::optional<std::uint32_t> objects() const noexcept { return objects_; }
  /// `remote`, as a sentence that goes on after "the remote's answer" or the like.
  const caf::error& error() const noexcept { return error_; }

 private:
  bool packet(std::string_view payload);
  void mark(std::size_t length);
  void section(std::string_view line);
  void acknowledgment(std::string_view line);
  void band(std::string_view payload);
  void read_header();
  void fail(caf::error why);

  enum class part { start, acknowledgments, pack, over };
  part part_ = part::start;
  phase phase_ = phase::negotiating;
  bool ready_ = false;
  std::string rest_;  ///< The beginning of a packet.
  std::string pack_;
  std::size_t taken_ = 0;
  std::uint64_t pack_bytes_ = 0;
  std::string header_;
  std::optional<std::uint32_t> objects_;
  std::vector<oid> common_;
  caf::error error_;
};

}  // namespace headway::remote
