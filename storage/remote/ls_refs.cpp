#include <algorithm>
#include <set>

#include <storage/remote/answer_words.hpp>
#include <storage/remote/ls_refs.hpp>
#include <storage/remote/pkt_line.hpp>

namespace headway::remote {

namespace {

constexpr std::size_t hex_digits = 40;
// A server passes over all prefixes when there are more than 65,536, and a line costs it a
// comparison with every ref.
constexpr std::size_t most_prefixes = 1'000;

constexpr std::string_view cut_short = "is cut short";

bool plausible_ref_name(std::string_view name) {
  const auto forbidden = [](unsigned char c) { return c <= ' ' || c == 0x7f; };
  return name == "HEAD" ||
         (name.starts_with("refs/") && name.size() > 5 && std::ranges::none_of(name, forbidden));
}

// "<id> <name>" at the start of a line; what a line may say after that is the caller's business.
bool take_ref(std::string_view id, std::string_view name, advertised_refs& refs) {
  const auto parsed = oid::from_hex(id);
  return parsed && !parsed->is_zero() && plausible_ref_name(name) &&
         refs.emplace(name, *parsed).second;
}

std::vector<std::string> prefixes_of(const std::vector<std::string>& refs) {
  if (refs.size() <= most_prefixes)
    return refs;
  std::set<std::string> folders;
  for (const auto& ref : refs) {
    // "refs/heads/" of "refs/heads/topic/a".
    const auto second = ref.find('/', ref.find('/') + 1);
    folders.insert(second == std::string::npos ? ref : ref.substr(0, second + 1));
  }
  return {folders.begin(), folders.end()};
}

std::string_view before(std::string_view text, char mark) {
  return text.substr(0, text.find(mark));
}

/// Lines of versions 0 and 1: the first carries the capabilities, and names of peeled ids end with
/// "^{}".
class advertised_lines {
 public:
  bool take(std::string_view line) {
    if (line.starts_with("shallow "))
      return true;
    if (line.size() <= hex_digits || line[hex_digits] != ' ')
      return false;
    const auto id = line.substr(0, hex_digits);
    const auto name = before(line.substr(hex_digits + 1), '\0');
    // An empty repository has a line for its capabilities only.
    if (name.ends_with("^{}"))
      return oid::from_hex(id).has_value();
    return take_ref(id, name, refs_);
  }
  advertised_refs take_all() { return std::move(refs_); }

 private:
  advertised_refs refs_;
};

// Nothing: it is not complete.
using partial_advertisement = std::optional<advertisement>;

caf::expected<partial_advertisement> read_advertisement(pkt_reader& packets) {
  advertisement result;
  advertised_lines lines;
  bool first = true;
  while (const auto packet = packets.next()) {
    if (packet->what == pkt::kind::flush) {
      result.refs = lines.take_all();
      result.rest = packets.rest();
      return partial_advertisement{std::move(result)};
    }
    const auto line = packet->line();
    if (packet->what != pkt::kind::data)
      return senseless("is not in Git's format");
    if (line.starts_with("ERR "))
      return told_by_remote(line.substr(4));
    if (std::exchange(first, false) && line.starts_with("version ")) {
      result.version = line == "version 1" ? 1 : line == "version 2" ? 2 : -1;
      if (result.version < 0)
        return senseless("is in an unknown version of Git's protocol");
    } else if (result.version != 2 && !lines.take(line)) {
      return senseless("holds a line that is no ref");
    }
  }
  if (packets.problem().empty() || packets.problem() == cut_short)
    return partial_advertisement{};
  return senseless(packets.problem());
}

/// "<id> <name>", and after another space what else is said of it: "peeled:…", "symref-target:…".
struct ref_line {
  std::string_view id;
  std::string_view name;
  std::string_view attributes;
};

// All lines of an answer of version 2, which ends with its flush packet; `take` answers whether one
// makes sense.
template <class Take>
caf::error read_ref_lines(std::string_view answer, Take take) {
  pkt_reader packets{answer};
  while (const auto packet = packets.next()) {
    if (packet->what == pkt::kind::flush && packets.at_end())
      return {};
    if (packet->what == pkt::kind::flush)
      return senseless("goes on after its end");
    const auto line = packet->line();
    if (packet->what != pkt::kind::data)
      return senseless("is not in Git's format");
    if (line.starts_with("ERR "))
      return told_by_remote(line.substr(4));
    if (line.size() <= hex_digits || line[hex_digits] != ' ')
      return senseless("holds a line that is no ref");
    const auto words = line.substr(hex_digits + 1);
    const auto name = before(words, ' ');
    if (!take(ref_line{line.substr(0, hex_digits), name, words.substr(name.size())}))
      return senseless("holds a line that is no ref");
  }
  return senseless(packets.problem().empty() ? cut_short : packets.problem());
}

}  // namespace

std::string ls_refs_request(const std::vector<std::string>& refs) {
  std::string result;
  append_command(result, "command=ls-refs");
  // A line may do without its newline, and there is one for each ref.
  for (const auto& prefix : prefixes_of(refs))
    append_pkt(result, "ref-prefix " + prefix);
  append_flush(result);
  return result;
}

caf::expected<advertised_refs> parse_ls_refs(std::string_view answer) {
  advertised_refs result;
  const auto take = [&](const ref_line& line) { return take_ref(line.id, line.name, result); };
  if (auto error = read_ref_lines(answer, take))
    return error;
  return result;
}

std::string tags_request() {
  std::string result;
  append_command(result, "command=ls-refs");
  append_pkt(result, "peel\n");
  append_pkt(result, "ref-prefix refs/tags/\n");
  append_flush(result);
  return result;
}

caf::expected<advertised_tags> parse_tags(std::string_view answer) {
  advertised_tags result;
  const auto take = [&](const ref_line& line) {
    constexpr std::string_view peeled = "peeled:";
    const auto id = oid::from_hex(line.id);
    const auto at = line.attributes.find(peeled);
    const auto target = at == std::string_view::npos
                            ? id
                            : oid::from_hex(line.attributes.substr(at + peeled.size(), hex_digits));
    return id && target && line.name.starts_with("refs/tags/") && plausible_ref_name(line.name) &&
           result.emplace(line.name, advertised_tag{*id, *target}).second;
  };
  if (auto error = read_ref_lines(answer, take))
    return error;
  return result;
}

caf::expected<std::optional<advertisement>> parse_advertisement(std::string_view bytes) {
  pkt_reader packets{bytes};
  return read_advertisement(packets);
}

caf::expected<advertisement> parse_http_advertisement(std::string_view body) {
  pkt_reader packets{body};
  // In version 2 git's own http-backend leaves out the name of the service.
  if (!body.starts_with("000eversion 2\n")) {
    const auto service = packets.next();
    if (!service || service->what != pkt::kind::data ||
        service->line() != "# service=git-upload-pack")
      return senseless("does not begin with the name of Git's service");
    const auto gap = packets.next();
    if (!gap || gap->what != pkt::kind::flush)
      return senseless(cut_short);
  }
  auto result = read_advertisement(packets);
  if (!result)
    return result.error();
  if (!*result)
    return senseless(cut_short);
  if (!packets.at_end())
    return senseless("goes on after its end");
  return std::move(**result);
}

}  // namespace headway::remote
