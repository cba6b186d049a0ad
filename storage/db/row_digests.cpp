#include <cstring>
#include <string_view>
#include <utility>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include <storage/db/row_digests.hpp>

namespace headway::db {

namespace {

void append(std::string& bytes, std::uint64_t value) {
  char raw[sizeof value];
  std::memcpy(raw, &value, sizeof value);
  bytes.append(raw, sizeof raw);
}

// With its length, so that what follows cannot be taken for a part of it.
void append(std::string& bytes, std::string_view text) {
  append(bytes, std::uint64_t{text.size()});
  bytes.append(text);
}

void append(std::string& bytes, const std::optional<std::uint64_t>& count) {
  bytes.push_back(count ? '\1' : '\0');
  append(bytes, count.value_or(0));
}

void append(std::string& bytes, const std::optional<oid>& id) {
  bytes.push_back(id ? '\1' : '\0');
  if (id)
    bytes.append(id->bytes.begin(), id->bytes.end());
}

std::array<std::uint64_t, 2> sum_of(const std::string& bytes, std::uint64_t seed) noexcept {
  const auto sum = XXH3_128bits_withSeed(bytes.data(), bytes.size(), seed);
  return {sum.high64, sum.low64};
}

}  // namespace

document_digest row_digests::digest(const std::vector<const branch_status*>& sorted) {
  document_digest result;
  result.rows.reserve(sorted.size());
  for (const auto* branch : sorted) {
    bytes_.clear();
    bytes_.push_back(branch->head ? '\1' : '\0');
    append(bytes_, branch->upstream);
    append(bytes_, branch->local_oid);
    append(bytes_, branch->remote_oid);
    append(bytes_, branch->ahead);
    append(bytes_, branch->behind);
    append(bytes_, branch->reason);
    result.rows.push_back({sum_of(bytes_, seed_), branch->state});
  }
  bytes_.clear();
  for (const auto* branch : sorted) {
    append(bytes_, branch->name);
    append(bytes_, branch->remote);
  }
  result.keys = sum_of(bytes_, seed_);
  return result;
}

const document_digest* row_digests::find(project_key project) const {
  const auto found = known_.find(project);
  return found == known_.end() ? nullptr : &found->second;
}

void row_digests::put(project_key project, document_digest now) {
  forget(project);
  if (rows_ + now.rows.size() > most_rows) {
    known_.clear();
    rows_ = 0;
  }
  rows_ += now.rows.size();
  known_.emplace(project, std::move(now));
  touched_.push_back(project);
}

void row_digests::forget(project_key project) {
  const auto found = known_.find(project);
  if (found == known_.end())
    return;
  rows_ -= found->second.rows.size();
  known_.erase(found);
}

void row_digests::drop() {
  for (const auto project : std::exchange(touched_, {}))
    forget(project);
}

}  // namespace headway::db
