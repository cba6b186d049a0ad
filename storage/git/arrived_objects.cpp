#include <algorithm>
#include <array>
#include <string_view>

#include <storage/git/arrived_objects.hpp>

namespace headway::git {

namespace {

constexpr std::size_t hex_digits = 40;

// As git writes them. Others, which git takes for one of these, are left for git to judge.
constexpr std::string_view tree_mode = "40000 ";
constexpr std::string_view submodule_mode = "160000 ";
constexpr std::array<std::string_view, 3> blob_modes{"100644 ", "100755 ", "120000 "};

/// Goes down from one object after the other. One use.
class descent {
 public:
  descent(const std::string& arrived, object_reader& all, const std::unordered_set<oid>& known)
      : arrived_{arrived}, all_{all}, known_{known} {}

  bool ends_well(const std::vector<oid>& wanted) {
    for (const auto& id : wanted)
      add_history(id);
    while (whole_ && !history_.empty())
      look_at(taken_from(history_));
    while (whole_ && !trees_.empty())
      look_at_tree(taken_from(trees_));
    return whole_;
  }

 private:
  static oid taken_from(std::vector<oid>& all) {
    const auto id = all.back();
    all.pop_back();
    return id;
  }

  // A commit or tag: one that did not come now is only as good as the ref that leads to it.
  void add_history(const oid& id) {
    if (!known_.contains(id) && history_seen_.insert(id).second)
      history_.push_back(id);
  }

  void look_at(const oid& id) {
    const auto object = read_loose_object(arrived_, id, loose_content::of_trees_too);
    if (!object || !*object) {
      whole_ = false;
      return;
    }
    const auto& [type, data] = **object;
    if (type == object_type::tree)
      look_at_entries(data);
    else if (type != object_type::blob)
      look_at_header(data);
  }

  // Of a commit or a tag: lines "tree", "parent" and "object" with an id, until one of another
  // kind.
  void look_at_header(std::string_view text) {
    for (;;) {
      const auto line = text.substr(0, text.find('\n'));
      const auto word = line.substr(0, line.find(' '));
      if (word != "tree" && word != "parent" && word != "object")
        return;
      const auto id = oid::from_hex(line.substr(word.size() + 1));
      whole_ = whole_ && id.has_value() && line.size() == word.size() + 1 + hex_digits;
      if (!whole_)
        return;
      if (word == "tree")
        add_tree(*id);
      else
        add_history(*id);
      text.remove_prefix(std::min(line.size() + 1, text.size()));
    }
  }

  // "100644 name", a zero, and twenty bytes.
  void look_at_entries(std::string_view text) {
    while (!text.empty() && whole_) {
      oid id;
      const auto end = text.find('\0');
      if (end == std::string_view::npos || text.size() - end - 1 < id.bytes.size()) {
        whole_ = false;
        return;
      }
      std::copy_n(text.begin() + static_cast<std::ptrdiff_t>(end) + 1, id.bytes.size(),
                  id.bytes.begin());
      if (text.starts_with(tree_mode))
        add_tree(id);
      else if (std::ranges::any_of(blob_modes, [&](auto mode) { return text.starts_with(mode); }))
        whole_ = !blobs_seen_.insert(id).second || all_.contains(id);
      else
        whole_ = text.starts_with(submodule_mode);
      text.remove_prefix(end + 1 + id.bytes.size());
    }
  }

  void add_tree(const oid& id) {
    if (trees_seen_.insert(id).second)
      trees_.push_back(id);
  }

  void look_at_tree(const oid& id) {
    const auto object = read_loose_object(arrived_, id, loose_content::of_trees_too);
    if (!object || !*object)
      whole_ = object && all_.is_tree(id);
    else if ((*object)->type == object_type::tree)
      look_at_entries((*object)->data);
    else
      whole_ = false;
  }

  const std::string& arrived_;
  object_reader& all_;
  const std::unordered_set<oid>& known_;
  // Each of its own: what is a blob by one name may be a tree by another.
  std::unordered_set<oid> history_seen_;
  std::unordered_set<oid> trees_seen_;
  std::unordered_set<oid> blobs_seen_;
  std::vector<oid> history_;
  std::vector<oid> trees_;
  bool whole_ = true;
};

}  // namespace

bool is_whole(const std::string& arrived, object_reader& all, const std::vector<oid>& wanted,
              const std::unordered_set<oid>& known) {
  return descent{arrived, all, known}.ends_well(wanted);
}

}  // namespace headway::git
