#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>
#include <boost/json/value.hpp>

#include <actors/gateway/problem.hpp>
#include <actors/gateway/utf8.hpp>

namespace headway::gateway {

namespace {

namespace json = boost::json;

struct meaning {
  unsigned status;
  std::string_view title;
};

meaning meaning_of(ec code) noexcept {
  switch (code) {
    case ec::none:
      break;
    case ec::invalid_argument:
      return {400, "The request makes no sense"};
    case ec::not_found:
      return {404, "There is nothing of that name"};
    case ec::already_exists:
      return {409, "The path is a project already"};
    case ec::not_a_repository:
      return {422, "The path is not a Git repository"};
    case ec::outside_allowed_roots:
      return {403, "The path is outside of the allowed roots"};
    case ec::foreign_owner:
      return {403, "The repository belongs to another user"};
    case ec::permission_denied:
      return {403, "The operating system denied access"};
    case ec::unsupported_object_format:
      return {422, "The repository has an unsupported object format"};
    case ec::missing:
      return {404, "The repository is not at its path any more"};
    case ec::corrupt:
      return {500, "Data on disk contradicts itself"};
    case ec::missing_object:
      return {500, "A commit is missing from the object database"};
    case ec::budget_exceeded:
      return {503, "The answer would cost more than the configured budget"};
    case ec::io:
      return {500, "Reading or writing failed"};
    case ec::disk_full:
      return {507, "No space is left"};
    case ec::read_only:
      return {500, "The data directory cannot be written"};
    case ec::in_use:
      return {503, "Something needed is in use"};
    case ec::newer_schema:
      return {500, "The database was written by a newer version"};
    case ec::overloaded:
      return {503, "Too much work is waiting"};
    case ec::deadline_exceeded:
      return {504, "The answer did not come in time"};
    case ec::cancelled:
      return {503, "The work was cancelled"};
    case ec::shutting_down:
      return {503, "The node is stopping"};
    case ec::auth_required:
      return {502, "The remote wants credentials"};
    case ec::network:
      return {502, "The remote could not be reached"};
    case ec::remote:
      return {502, "The remote answered with an error"};
    case ec::config:
      return {500, "The configuration is wrong"};
    case ec::suspended:
      return {409, "The project is suspended"};
    case ec::internal:
      break;
  }
  return {500, "Something went wrong inside of Headway"};
}

json::string text(std::string_view bytes) {
  return json::string(to_valid_utf8(bytes));
}

reply render(unsigned status, std::string_view type, std::string_view title,
             std::string_view detail, std::string_view instance, const problem_members& members) {
  json::object object;
  object["type"] = text(type);
  object["title"] = text(title);
  object["status"] = status;
  object["detail"] = text(detail);
  object["instance"] = text(instance);
  for (const auto& [name, value] : members)
    object[name] = text(value);
  reply result{status, "application/problem+json", json::serialize(object), {}};
  result.fields.emplace_back("Cache-Control", "no-store");
  // A queue drains in moments; a node that stops or cancels needs some more.
  if (status == 503)
    result.fields.emplace_back("Retry-After",
                               type.ends_with(to_string(ec::overloaded)) ? "1" : "5");
  return result;
}

}  // namespace

unsigned status_of(ec code) noexcept {
  return meaning_of(code).status;
}

reply problem(const caf::error& error, std::string_view instance, const problem_members& members) {
  const auto code = code_of(error);
  const auto [status, title] = meaning_of(code);
  const auto type = std::string{"urn:headway:problem:"}.append(to_string(code));
  return render(status, type, title, detail_of(error), instance, members);
}

reply problem(unsigned status, std::string_view detail, std::string_view instance,
              const problem_members& members) {
  return render(status, "about:blank", phrase_of(status), detail, instance, members);
}

}  // namespace headway::gateway
