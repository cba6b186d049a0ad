/// What the branch rows of projects say, as digests, so that a document is compared with them
/// without reading them. Private to db/.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <unordered_map>
#include <vector>

#include <messages/status.hpp>
#include <storage/db/project_table.hpp>

namespace headway::db {

/// XXH3 (128 bits, Y. Collet) of all that a row says beside its key, with a seed that nobody else
/// knows: contents that differ have one digest once in 2^128 comparisons.
struct row_digest {
  std::array<std::uint64_t, 2> sum{};
  branch_state state = branch_state::unknown;  ///< What the partial indexes go by.

  friend bool operator==(const row_digest&, const row_digest&) = default;
};

/// Of one project.
struct document_digest {
  std::array<std::uint64_t, 2> keys{};  ///< Of the keys of all rows, in order.
  std::vector<row_digest> rows;         ///< In that order.
};

/// Knows what was committed, and what the transaction that is open has written. Not thread-safe.
class row_digests {
 public:
  explicit row_digests(std::uint64_t seed) noexcept : seed_(seed) {}

  /// REQUIRES: `sorted` is in the order of the key.
  document_digest digest(const std::vector<const branch_status*>& sorted);

  /// Null when the rows of the project are not known.
  const document_digest* find(project_key project) const;

  /// The open transaction has made the rows of the project say this, or what nobody knows.
  void put(project_key project, document_digest now);
  void forget(project_key project);

  /// The transaction was committed; or it was not, and all that it had put is forgotten.
  void keep() noexcept { touched_.clear(); }
  void drop();

  /// Of rows that are known; then all are forgotten, and read again when they are needed.
  static constexpr std::size_t most_rows = 1'000'000;

 private:
  std::uint64_t seed_;
  std::unordered_map<project_key, document_digest> known_;
  std::vector<project_key> touched_;
  std::size_t rows_ = 0;
  std::string bytes_;  // Of the row that is looked at.
};

}  // namespace headway::db
