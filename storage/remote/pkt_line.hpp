/// The framing of Git's protocols: gitprotocol-common(5).
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace headway::remote {

/// One packet: a mark, or data.
struct pkt {
  enum class kind { flush, delimiter, response_end, data };
  kind what = kind::flush;
  std::string_view payload;  ///< As sent, the newline at its end included; points into the input.

  /// Payload without the newline that senders may or may not add.
  std::string_view line() const noexcept;
};

/// Splits what a server sent. Never reads past the end, whatever the input is.
class pkt_reader {
 public:
  /// REQUIRES: `bytes` outlives this object and the packets it gives.
  explicit pkt_reader(std::string_view bytes) noexcept : rest_{bytes} {}

  /// Nothing at the end, and where the bytes are no packets; `problem` then says why.
  std::optional<pkt> next() noexcept;

  bool at_end() const noexcept { return rest_.empty(); }
  /// "is cut short", "is not in Git's format": completes "the answer …"; empty while all is well.
  std::string_view problem() const noexcept { return problem_; }
  /// What has not been read yet.
  std::string_view rest() const noexcept { return rest_; }

 private:
  std::optional<pkt> fail(std::string_view problem) noexcept;

  std::string_view rest_;
  std::string_view problem_;
};

/// Most bytes of payload in one packet.
inline constexpr std::size_t max_payload = 65'516;

/// Appends one data packet. REQUIRES: not more than `max_payload` bytes.
void append_pkt(std::string& out, std::string_view payload);
void append_flush(std::string& out);
void append_delimiter(std::string& out);
/// Begins a request of version 2 of the protocol: "command=fetch", and what all of them say.
void append_command(std::string& out, std::string_view command);

}  // namespace headway::remote
