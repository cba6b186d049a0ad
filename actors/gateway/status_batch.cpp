#include <utility>

#include <actors/gateway/cursor.hpp>
#include <actors/gateway/entity_tag.hpp>
#include <actors/gateway/problem.hpp>
#include <actors/gateway/status_batch.hpp>
#include <actors/gateway/target.hpp>

namespace headway::gateway {

namespace {

/// Projects of one batch that are with the engine at once: enough to keep its threads busy, little
/// enough that a batch leaves places for others.
constexpr std::size_t window = 32;

/// Lines of the list that are looked through at once when only some fit.
constexpr std::size_t lines_at_once = 1000;

bool fits(const project_info& line, const std::optional<branch_state>& wanted) {
  return !wanted || (line.summary && line.summary->branches[static_cast<std::size_t>(*wanted)] > 0);
}

void append_list(std::string& out, const std::vector<std::string>& items) {
  const char* separator = "";
  for (const auto& item : items)
    if (!item.empty())
      out.append(std::exchange(separator, ",")).append(item);
}

}  // namespace

status_batch::status_batch(gateway_api& api, std::shared_ptr<call_bridge> bridge,
                           std::shared_ptr<written_documents> written, exchange_ptr x,
                           status_query query)
    : api_(api),
      bridge_(std::move(bridge)),
      written_(std::move(written)),
      x_(std::move(x)),
      query_(std::move(query)) {}

void status_batch::begin() {
  if (query_.projects.empty())
    return choose_from_list();
  chosen_ = std::exchange(query_.projects, {});
  ask_more();
}

void status_batch::choose_from_list() {
  auto callback = bridge_->admit<project_page>(
      [self = shared_from_this()](const caf::expected<project_page>& page) {
        page ? self->choose(*page) : self->fail(page.error());
      });
  if (!callback)
    return fail(make_error(ec::overloaded, "too many requests wait for the engine"));
  auto part = query_.list;
  if (query_.branches)
    part.limit = lines_at_once;
  api_.async_list(part, std::move(callback));
}

void status_batch::choose(const project_page& page) {
  for (const auto& line : page.projects) {
    if (!fits(line, query_.branches))
      continue;
    if (chosen_.size() == query_.list.limit) {
      resume_after_ = chosen_.back();
      return ask_more();
    }
    chosen_.push_back(line.id);
  }
  if (!page.more || page.projects.empty())
    return ask_more();
  if (chosen_.size() == query_.list.limit) {
    resume_after_ = page.projects.back().id;
    return ask_more();
  }
  query_.list.after = page.projects.back().id;
  choose_from_list();
}

void status_batch::ask_more() {
  documents_.resize(chosen_.size());
  problems_.resize(chosen_.size());
  tags_.resize(chosen_.size());
  // Answers may come while this asks.
  while (!over_ && asked_ < chosen_.size() && running_ < window) {
    const auto index = asked_++;
    auto callback = bridge_->admit<status_answer>(
        [self = shared_from_this(), index](const caf::expected<status_answer>& found) {
          self->answered(index, found);
        });
    if (!callback)
      return fail(make_error(ec::overloaded,
                             "too many requests wait for the engine; try again in a second"));
    ++running_;
    api_.async_sync_status(chosen_[index], std::move(callback));
  }
  if (running_ == 0 && asked_ == chosen_.size())
    finish();
}

void status_batch::answered(std::size_t index, const caf::expected<status_answer>& found) {
  --running_;
  if (found && found->status) {
    const auto& document = written_->of(found->status);
    documents_[index] = document.body;
    tags_[index] = document.tag;
  } else {
    const auto& id = chosen_[index].slug;
    const auto why =
        found ? make_error(ec::internal, "the engine answered without a document") : found.error();
    problems_[index] =
        problem(why, "/projects/" + encode_segment(id) + "/sync-status", {{"project", id}}).body;
  }
  ask_more();
}

void status_batch::fail(const caf::error& error) {
  if (!std::exchange(over_, true))
    x_->fail(error);
}

void status_batch::finish() {
  if (std::exchange(over_, true))
    return;
  std::string body{R"({"statuses":[)"};
  append_list(body, documents_);
  body.append(R"(],"problems":[)");
  append_list(body, problems_);
  body.append(R"(],"next_cursor":)");
  if (resume_after_)
    body.append("\"").append(encode_cursor(*resume_after_)).append("\"}");
  else
    body.append("null}");
  std::string marks;
  append_list(marks, tags_);
  append_list(marks, problems_);
  if (resume_after_)
    marks.append("\n").append(resume_after_->slug);
  auto tag = content_tag(marks);
  auto result = json_reply(200, std::move(body));
  if (x_->asked.if_none_match && matches(*x_->asked.if_none_match, tag))
    result = reply{304, {}, {}, {}};
  result.fields.emplace_back("ETag", std::move(tag));
  result.fields.emplace_back("Cache-Control", "no-cache");
  x_->done(std::move(result));
}

}  // namespace headway::gateway
