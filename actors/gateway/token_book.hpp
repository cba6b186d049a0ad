/// The bearer tokens that a node takes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <caf/expected.hpp>

namespace headway::gateway {

enum class token_scope : std::uint8_t { read, write };

/// Immutable; any thread. Keeps digests, not tokens.
class token_book {
 public:
  /// A line each: "read TOKEN" or "write TOKEN"; empty lines and lines that begin with '#' say
  /// nothing. A token has 16 to 512 characters of RFC 6750. Otherwise `config`, with the line and
  /// without what stands there.
  static caf::expected<token_book> parse(std::string_view text);
  /// The tokens in the file at `path`, which must not be readable by everybody: `config`.
  static caf::expected<token_book> load(const std::string& path);

  /// What the bearer of `token` may do; nothing for a token that is not in the book. Takes the same
  /// time whichever token it is and how much of it is right.
  std::optional<token_scope> scope_of(std::string_view token) const;

  /// Whether there is a token that only reads: then reading needs one.
  bool guards_reads() const noexcept { return guards_reads_; }

 private:
  using digest = std::array<unsigned char, 32>;
  struct entry {
    token_scope scope;
    digest hash;
  };

  static digest digest_of(std::string_view token);

  std::vector<entry> entries_;
  bool guards_reads_ = false;
};

using token_book_ptr = std::shared_ptr<const token_book>;

/// The token in an Authorization field; nothing where there is none of that scheme.
std::optional<std::string_view> bearer_token(const std::optional<std::string>& authorization);

}  // namespace headway::gateway
