#include <utility>

#include <actors/gateway/standing_answers.hpp>

namespace headway::gateway {

bool standing_answer::is_true(written_documents& documents,
                              std::chrono::steady_clock::time_point now) {
  // Before what is shown is read: whatever comes in between is noticed the next time.
  const auto version = slot_->version();
  if (version_ != version) {
    shown_ = slot_->shown();
    version_ = version;
  }
  if (!shown_ || !slot_->is_true(*shown_, now))
    return false;
  if (written_ != shown_->status)
    write(documents);
  return true;
}

void standing_answer::write(written_documents& documents) {
  const auto before = std::exchange(written_, shown_->status);
  if (before && same_content(*before, *written_))
    return;
  const auto& known = documents.of(written_);
  body_ = known.body;
  tag_ = known.tag;
  in_full_.reset();
  head_only_.reset();
  not_modified_.reset();
}

reply standing_answer::document() const {
  auto result = json_reply(200, body_);
  result.fields.emplace_back("ETag", tag_);
  result.fields.emplace_back("Cache-Control", "no-cache");
  return result;
}

const reusable_reply& standing_answer::in_full() {
  if (!in_full_)
    in_full_.emplace(document(), body_rule::send);
  return *in_full_;
}

const reusable_reply& standing_answer::head_only() {
  if (!head_only_)
    head_only_.emplace(document(), body_rule::leave_out);
  return *head_only_;
}

const reusable_reply& standing_answer::not_modified() {
  if (!not_modified_)
    not_modified_.emplace(reply{304, {}, {}, {{"ETag", tag_}, {"Cache-Control", "no-cache"}}},
                          body_rule::leave_out);
  return *not_modified_;
}

standing_answer_ptr standing_answers::of(const std::string& project) {
  const auto found = known_.find(project);
  if (found != known_.end() && !found->second->is_closed())
    return found->second;
  auto slot = api_.slot_of({project});
  if (!slot)
    return nullptr;
  if (known_.size() >= most_)
    known_.clear();
  auto fresh = std::make_shared<standing_answer>(std::move(slot));
  known_.insert_or_assign(project, fresh);
  return fresh;
}

}  // namespace headway::gateway
