#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdlib>

#include <sys/stat.h>
#include <unistd.h>

#include <messages/error.hpp>
#include <storage/git/files.hpp>
#include <storage/git/handle.hpp>
#include <storage/git/plain_config.hpp>
#include <storage/git/settings.hpp>

namespace headway::git {

namespace {

enum class scope { outer, inner };

bool as_bool(const char* value) {
  int result = 0;
  // A key without a value means yes; what is no boolean at all does not.
  return value == nullptr || (git_config_parse_bool(&result, value) == 0 && result != 0);
}

// "remote.origin.fetch": subsections keep their case and may hold dots.
struct key_parts {
  std::string_view section;
  std::string_view subsection;
  std::string_view name;

  explicit key_parts(std::string_view key) {
    const auto first = key.find('.');
    const auto last = key.rfind('.');
    section = key.substr(0, first);
    name = last == std::string_view::npos ? std::string_view{} : key.substr(last + 1);
    if (first != last)
      subsection = key.substr(first + 1, last - first - 1);
  }
};

// How objects become files.
bool is_of_objects(const key_parts& parts) {
  return parts.section == "core" &&
         (parts.name == "sharedrepository" || parts.name.ends_with("compression") ||
          parts.name.starts_with("fsync"));
}

bool is_transport(const key_parts& parts) {
  if (is_of_objects(parts))
    return true;
  if (parts.section == "http" || parts.section == "credential")
    return true;
  if (parts.section == "remote")
    return parts.name == "proxy" || parts.name == "proxyauthmethod" || parts.name == "uploadpack" ||
           parts.name == "vcs" || parts.name == "serveroption" || parts.name == "tagopt";
  if (parts.section == "fetch" || parts.section == "transfer")
    return parts.name == "fsckobjects" || parts.name == "unpacklimit" || parts.name == "hiderefs";
  return parts.name == "gitproxy" || parts.name == "hiderefs" || parts.name == "sshcommand" ||
         (parts.section == "ssh" && parts.name == "variant");
}

// Those that `git_caller` cannot overrule: the others (core.fsmonitor, core.hooksPath and the like)
// are switched off there.
bool names_program(const key_parts& parts) {
  if (parts.section == "core")
    return parts.name == "sshcommand" || parts.name == "gitproxy";
  if (parts.section == "remote")
    return parts.name == "uploadpack" || parts.name == "vcs";
  return (parts.section == "credential" && parts.name == "helper") ||
         (parts.section == "hook" && parts.name == "command");
}

std::string expand_home(std::string_view path) {
  const auto* home = std::getenv("HOME");
  if (path.starts_with("~/") && home != nullptr)
    return std::string{home}.append(path.substr(1));
  return std::string{path};
}

class reader {
 public:
  reader(settings& out, branch_sections branches) : out_{out}, branches_{branches} {}

  void entry(scope from, std::string_view key, const char* value) {
    const key_parts parts{key};
    if (is_transport(parts))
      out_.transport.push_back({std::string{key}, value == nullptr ? "true" : value});
    if (from == scope::inner && names_program(parts))
      out_.programs.emplace_back(key);
    if (parts.section == "remote" && !parts.subsection.empty())
      remote(from, parts, value);
    else if (parts.section == "branch" && !parts.subsection.empty()) {
      if (branches_ == branch_sections::read)
        branch(parts, value);
    } else if (parts.section == "url" && parts.name == "insteadof" && value != nullptr)
      out_.rewrites.push_back({value, std::string{parts.subsection}});
    else if (parts.section == "extensions" && from == scope::inner)
      out_.extensions.emplace_back(parts.name, value == nullptr ? "true" : value);
    else if (key == "safe.directory" && from == scope::outer && value != nullptr)
      out_.safe_directories.push_back(expand_home(value));
    else if (parts.section == "core" && parts.subsection.empty())
      core(from, parts.name, value);
  }

 private:
  void core(scope from, std::string_view name, const char* value) {
    if (name == "warnambiguousrefs")
      out_.warn_ambiguous_refs = as_bool(value);
    else if (name == "usereplacerefs")
      out_.use_replace_refs = as_bool(value);
    else if (from == scope::inner)
      repository_core(name, value);
  }

  void repository_core(std::string_view name, const char* value) {
    if (name == "bare")
      out_.bare = as_bool(value);
    else if (name == "worktree" && value != nullptr)
      out_.worktree = value;
    else if (name == "repositoryformatversion" && value != nullptr)
      std::from_chars(value, value + std::string_view{value}.size(), out_.format_version);
  }

  void remote(scope from, const key_parts& parts, const char* value) {
    auto& remote = remote_named(parts.subsection);
    remote.in_repository |= from == scope::inner;
    if (parts.name == "promisor")
      remote.promisor = as_bool(value);
    else if (parts.name == "url" && value != nullptr)
      remote.urls.emplace_back(value);
    else if (parts.name == "fetch" && value != nullptr)
      remote.fetch.emplace_back(value);
  }

  void branch(const key_parts& parts, const char* value) {
    if (value == nullptr)
      return;
    if (parts.name == "remote")
      out_.branches[std::string{parts.subsection}].remote = value;
    else if (parts.name == "merge")
      out_.branches[std::string{parts.subsection}].merge.emplace_back(value);
  }

  remote_settings& remote_named(std::string_view name) {
    const auto known = std::ranges::find(out_.remotes, name, &remote_settings::name);
    if (known != out_.remotes.end())
      return *known;
    return out_.remotes.emplace_back(remote_settings{.name = std::string{name}});
  }

  settings& out_;
  branch_sections branches_;
};

// Tells the files that entries of one iteration come from: included ones follow their directive,
// one level deeper.
class include_tracker {
 public:
  explicit include_tracker(std::string file) : open_{std::move(file)} {}

  void entry(scope from, const git_config_entry& entry, settings& out) {
    open_.resize(std::min<std::size_t>(open_.size(), entry.include_depth + 1u));
    const key_parts parts{entry.name};
    const bool conditional = parts.section == "includeif" && parts.name == "path";
    if (entry.value == nullptr || !(conditional || std::string_view{entry.name} == "include.path"))
      return;
    out.conditional_includes |= conditional;
    // Git knows conditions and spellings of paths that libgit2 does not: what stands in such a file
    // may be anything.
    if (from == scope::inner && (conditional || is_unusual(entry.value)))
      out.programs.emplace_back(entry.name);
    open_.push_back(path_below(parent_of(open_.back()), expand_home(entry.value)));
    out.includes.push_back(open_.back());
  }

 private:
  static bool is_unusual(std::string_view path) {
    return path.starts_with('%') || (path.starts_with('~') && !path.starts_with("~/"));
  }

  std::vector<std::string> open_;
};

// Git dies of a configuration of the repository that it may not read, and passes over a personal
// one.
caf::expected<bool> is_readable(scope from, const std::string& file) {
  if (::access(file.c_str(), R_OK) == 0)
    return true;
  if (errno == ENOENT || errno == ENOTDIR || from == scope::outer)
    return false;
  return os_error(errno, "read", file);
}

caf::error unreadable(const std::string& file) {
  return make_error(
      ec::corrupt, "configuration " + file + " cannot be parsed: " + last_words() + "; correct it");
}

caf::error read_one(scope from, const std::string& file, const git_repository* condition,
                    branch_sections branches, settings& out) {
  const auto readable = is_readable(from, file);
  if (!readable)
    return readable.error();
  // /dev/null is the customary way to say "none".
  if (struct stat status{};
      !*readable || ::stat(file.c_str(), &status) != 0 || !S_ISREG(status.st_mode))
    return {};
  if (const auto text = read_file(file); text)
    if (const auto entries = read_plain_config(
            *text, branches == branch_sections::read ? std::string_view{} : "branch")) {
      reader take{out, branches};
      for (const auto& [key, value] : *entries)
        take.entry(from, key, value ? value->c_str() : nullptr);
      return {};
    }
  git_config* made = nullptr;
  if (git_config_new(&made) != 0)
    return unreadable(file);
  const config_ptr config{made};
  git_config_iterator* begun = nullptr;
  if (git_config_add_file_ondisk(config.get(), file.c_str(), GIT_CONFIG_LEVEL_LOCAL, condition,
                                 0) != 0 ||
      git_config_iterator_new(&begun, config.get()) != 0)
    return unreadable(file);
  const config_iterator_ptr iterator{begun};
  reader take{out, branches};
  include_tracker track{file};
  git_config_entry* entry = nullptr;
  while (git_config_next(&entry, iterator.get()) == 0) {
    track.entry(from, *entry, out);
    take.entry(from, entry->name, entry->value);
  }
  return {};
}

// GIT_CONFIG_COUNT and its keys and values: what `git` in the same environment would see.
void read_environment(branch_sections branches, settings& out) {
  const auto* text = std::getenv("GIT_CONFIG_COUNT");
  const int count = text == nullptr ? 0 : std::atoi(text);
  reader take{out, branches};
  for (int i = 0; i < count; ++i) {
    const auto number = std::to_string(i);
    const auto* key = std::getenv(("GIT_CONFIG_KEY_" + number).c_str());
    const auto* value = std::getenv(("GIT_CONFIG_VALUE_" + number).c_str());
    if (key != nullptr && value != nullptr)
      take.entry(scope::outer, key, value);
  }
}

caf::error read_outer(const git_repository* condition, branch_sections branches, settings& out) {
  for (const auto& file : outer_config_files())
    if (auto error = read_one(scope::outer, file, condition, branches, out))
      return error;
  return {};
}

}  // namespace

const branch_settings* settings::branch(const std::string& name) const {
  const auto found = branches.find(name);
  return found == branches.end() ? nullptr : &found->second;
}

const remote_settings* settings::remote(std::string_view name) const {
  const auto found = std::ranges::find(remotes, name, &remote_settings::name);
  return found == remotes.end() ? nullptr : &*found;
}

std::string settings::rewritten(const std::string& url) const {
  const url_rewrite* best = nullptr;
  for (const auto& rule : rewrites)
    if (url.starts_with(rule.prefix) &&
        (best == nullptr || rule.prefix.size() > best->prefix.size()))
      best = &rule;
  return best == nullptr ? url : best->base + url.substr(best->prefix.size());
}

const std::string* settings::extension(std::string_view key) const {
  const std::string* last = nullptr;
  for (const auto& [name, value] : extensions)
    if (name == key)
      last = &value;
  return last;
}

caf::expected<settings> read_outer_settings() {
  settings result;
  if (auto error = read_outer(nullptr, branch_sections::passed_over, result))
    return error;
  read_environment(branch_sections::passed_over, result);
  return result;
}

caf::expected<settings> read_settings(const repository_location& location,
                                      const git_repository* condition, branch_sections branches) {
  settings result;
  if (auto error = read_outer(condition, branches, result))
    return error;
  for (const auto& file : inner_config_files(location)) {
    const bool of_worktree = base_name(file) == "config.worktree";
    const auto* enabled = result.extension("worktreeconfig");
    if (of_worktree && (enabled == nullptr || !as_bool(enabled->c_str())))
      continue;
    if (auto error = read_one(scope::inner, file, condition, branches, result))
      return error;
  }
  read_environment(branches, result);
  return result;
}

}  // namespace headway::git
