#include <climits>
#include <cstdint>

#include <boost/json/basic_parser_impl.hpp>
#include <boost/json/kind.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>

#include <actors/gateway/add_request.hpp>

namespace headway::gateway {

namespace {

namespace json = boost::json;

/// Counts the members of the outermost object. `json::parse` keeps the last of two members of one
/// name and tells nobody.
struct member_counter {
  static constexpr std::size_t max_object_size = std::size_t(-1);
  static constexpr std::size_t max_array_size = std::size_t(-1);
  static constexpr std::size_t max_key_size = std::size_t(-1);
  static constexpr std::size_t max_string_size = std::size_t(-1);

  using error = json::error_code;
  using view = json::string_view;

  bool on_document_begin(error&) { return true; }
  bool on_document_end(error&) { return true; }
  bool on_object_begin(error&) { return ++depth, true; }
  bool on_object_end(std::size_t count, error&) {
    if (--depth == 0)
      members = count;
    return true;
  }
  bool on_array_begin(error&) { return ++depth, true; }
  bool on_array_end(std::size_t, error&) { return --depth, true; }
  bool on_key_part(view, std::size_t, error&) { return true; }
  bool on_key(view, std::size_t, error&) { return true; }
  bool on_string_part(view, std::size_t, error&) { return true; }
  bool on_string(view, std::size_t, error&) { return true; }
  bool on_number_part(view, error&) { return true; }
  bool on_int64(std::int64_t, view, error&) { return true; }
  bool on_uint64(std::uint64_t, view, error&) { return true; }
  bool on_double(double, view, error&) { return true; }
  bool on_bool(bool, error&) { return true; }
  bool on_null(error&) { return true; }
  bool on_comment_part(view, error&) { return true; }
  bool on_comment(view, error&) { return true; }

  std::size_t depth = 0;
  std::size_t members = 0;
};

std::size_t count_members(std::string_view body) {
  json::basic_parser<member_counter> parser{json::parse_options{}};
  json::error_code ignored;
  parser.write_some(false, body.data(), body.size(), ignored);
  return parser.handler().members;
}

std::string kind_in_words(const json::value& value) {
  switch (value.kind()) {
    case json::kind::null:
      return "null";
    case json::kind::bool_:
      return "a boolean";
    case json::kind::int64:
    case json::kind::uint64:
    case json::kind::double_:
      return "a number";
    case json::kind::string:
      return "a string";
    case json::kind::array:
      return "an array";
    case json::kind::object:
      break;
  }
  return "an object";
}

/// RFC 6901, 3: how a name is written in a pointer.
std::string pointer_to(std::string_view name) {
  std::string pointer = "#/";
  for (const char c : name) {
    if (c == '~')
      pointer.append("~0");
    else if (c == '/')
      pointer.append("~1");
    else
      pointer.push_back(c);
  }
  return pointer;
}

std::variant<std::string, body_fault> check_path(const json::value& value) {
  const auto fault = [](std::string detail) { return body_fault{std::move(detail), "#/path"}; };
  const auto* text = value.if_string();
  if (!text)
    return fault("member 'path' must be a string and is " + kind_in_words(value));
  std::string path{text->data(), text->size()};
  if (path.empty())
    return fault("member 'path' is empty; give the absolute path of a Git repository");
  if (path.find('\0') != std::string::npos)
    return fault("member 'path' holds a NUL character, which no path can");
  if (path.front() != '/')
    return fault("member 'path' is relative; give an absolute path, such as '/home/me/src/linux'");
  if (path.size() >= PATH_MAX)
    return fault("member 'path' is longer than the 4095 bytes that a path may have");
  return path;
}

}  // namespace

std::variant<std::string, body_fault> parse_add_request(std::string_view body) {
  json::error_code error;
  const auto document = json::parse(body, error);
  if (error)
    return body_fault{"the body is not JSON: " + error.message(), "#"};
  const auto* object = document.if_object();
  if (!object)
    return body_fault{"the body must be an object and is " + kind_in_words(document), "#"};
  for (const auto& member : *object) {
    const std::string name{member.key()};
    if (name != "path")
      return body_fault{"unknown member '" + name + "'; known here: path", pointer_to(name)};
  }
  if (object->empty())
    return body_fault{"member 'path' is missing", "#"};
  if (count_members(body) != 1)
    return body_fault{"member 'path' is given twice; give it once", "#/path"};
  return check_path(object->begin()->value());
}

}  // namespace headway::gateway
