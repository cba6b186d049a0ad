#include <algorithm>
#include <array>

#include <boost/url/grammar/ci_string.hpp>

#include <actors/gateway/entity_tag.hpp>
#include <actors/gateway/page.hpp>
#include <actors/gateway/problem.hpp>

// Made by the assembler from the files themselves; see CMakeLists.txt.
#define HEADWAY_PAGE_FILE(name)                       \
  extern "C" const char headway_page_##name[];        \
  extern "C" const char headway_page_##name##_end[];  \
  extern "C" const char headway_page_##name##_gzip[]; \
  extern "C" const char headway_page_##name##_gzip_end[]
HEADWAY_PAGE_FILE(index_html);
HEADWAY_PAGE_FILE(page_js);
HEADWAY_PAGE_FILE(page_css);
HEADWAY_PAGE_FILE(icon_svg);
HEADWAY_PAGE_FILE(openapi_json);
#undef HEADWAY_PAGE_FILE

namespace headway::gateway {

namespace {

struct file {
  std::string_view path;
  std::string_view type;
  const char* begin;
  const char* end;
  const char* gzip_begin;
  const char* gzip_end;

  std::string_view plain() const { return {begin, end}; }
  std::string_view gzip() const { return {gzip_begin, gzip_end}; }
};

constexpr std::array files{
    file{"/", "text/html; charset=utf-8", headway_page_index_html, headway_page_index_html_end,
         headway_page_index_html_gzip, headway_page_index_html_gzip_end},
    file{"/page.js", "text/javascript; charset=utf-8", headway_page_page_js,
         headway_page_page_js_end, headway_page_page_js_gzip, headway_page_page_js_gzip_end},
    file{"/page.css", "text/css; charset=utf-8", headway_page_page_css, headway_page_page_css_end,
         headway_page_page_css_gzip, headway_page_page_css_gzip_end},
    file{"/icon.svg", "image/svg+xml", headway_page_icon_svg, headway_page_icon_svg_end,
         headway_page_icon_svg_gzip, headway_page_icon_svg_gzip_end},
    file{"/openapi.json", "application/json", headway_page_openapi_json,
         headway_page_openapi_json_end, headway_page_openapi_json_gzip,
         headway_page_openapi_json_gzip_end}};

std::string_view trimmed(std::string_view text) {
  const auto begin = std::min(text.find_first_not_of(" \t"), text.size());
  const auto end = text.find_last_not_of(" \t");
  return end == std::string_view::npos ? std::string_view{} : text.substr(begin, end - begin + 1);
}

/// Whether a weight such as "q=0.000" forbids what it stands behind.
bool forbids(std::string_view weight) {
  return weight.starts_with("q=0") && weight.find_first_not_of("0.", 2) == std::string_view::npos;
}

}  // namespace

bool accepts_gzip(std::string_view accepted) {
  while (!accepted.empty()) {
    const auto end = std::min(accepted.find(','), accepted.size());
    const auto item = accepted.substr(0, end);
    accepted.remove_prefix(std::min(end + 1, accepted.size()));
    const auto semicolon = std::min(item.find(';'), item.size());
    if (!boost::urls::grammar::ci_is_equal(trimmed(item.substr(0, semicolon)), "gzip"))
      continue;
    return semicolon == item.size() || !forbids(trimmed(item.substr(semicolon + 1)));
  }
  return false;
}

reply page_file(std::string_view path, const request& asked) {
  const auto* const found = std::ranges::find(files, path, &file::path);
  if (found == files.end())
    return problem(404, "no file of the page has this path", path);
  const bool compressed = asked.accept_encoding && accepts_gzip(*asked.accept_encoding);
  const auto bytes = compressed ? found->gzip() : found->plain();
  auto tag = content_tag(bytes);
  reply result{200, std::string{found->type}, std::string{bytes}, {}};
  if (asked.if_none_match && matches(*asked.if_none_match, tag))
    result = reply{304, {}, {}, {}};
  else if (compressed)
    result.fields.emplace_back("Content-Encoding", "gzip");
  result.fields.emplace_back("ETag", std::move(tag));
  result.fields.emplace_back("Vary", "Accept-Encoding");
  // Asked for again each time, which costs a 304: after an update nobody has half of the old page.
  result.fields.emplace_back("Cache-Control", "no-cache");
  result.fields.emplace_back("Content-Security-Policy",
                             "default-src 'self'; base-uri 'none'; form-action 'self'; "
                             "frame-ancestors 'none'");
  result.fields.emplace_back("Referrer-Policy", "no-referrer");
  return result;
}

}  // namespace headway::gateway
