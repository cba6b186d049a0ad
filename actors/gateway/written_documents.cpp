#include <string_view>

#include <actors/gateway/entity_tag.hpp>
#include <actors/gateway/json.hpp>
#include <actors/gateway/written_documents.hpp>

namespace headway::gateway {

namespace {

written_documents::written write_anew(const sync_status_ptr& status) {
  static constexpr std::string_view member = R"("as_of":")";
  written_documents::written result{status, sync_status_json(*status), {}, 0};
  result.tag = status_tag(result.body);
  // Quotes inside of strings are escaped, so the first match is the member itself.
  result.as_of_at = result.body.find(member) + member.size();
  return result;
}

}  // namespace

const written_documents::written& written_documents::of(const sync_status_ptr& status) {
  const auto found = known_.find(status->project.slug);
  if (found != known_.end() && same_content(*found->second.status, *status)) {
    auto& known = found->second;
    if (known.status->as_of != status->as_of) {
      const auto time = rfc3339(status->as_of);
      known.body.replace(known.as_of_at, time.size(), time);
    }
    known.status = status;
    return known;
  }
  if (found != known_.end())
    bytes_ -= found->second.body.size();
  auto fresh = write_anew(status);
  if (bytes_ + fresh.body.size() > most_bytes_) {
    known_.clear();
    bytes_ = 0;
  }
  bytes_ += fresh.body.size();
  return known_.insert_or_assign(status->project.slug, std::move(fresh)).first->second;
}

}  // namespace headway::gateway
