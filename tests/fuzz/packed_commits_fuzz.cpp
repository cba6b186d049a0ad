// A pack with its index, and the text of a commit. The input is the index, whose length stands
// in front of it in two bytes, and the pack.
#include <algorithm>
#include <filesystem>
#include <string>
#include <vector>

#include <tests/fuzz/input.hpp>

#include <storage/git/commit_text.hpp>
#include <storage/git/packed_commits.hpp>

namespace {

using namespace headway;

// With one pack, which each input takes the place of.
class object_folder {
 public:
  object_folder() { std::filesystem::create_directory(folder_.path() / "pack"); }

  void put(std::string_view index, std::string_view pack) const {
    folder_.write("pack/pack-1.idx", index);
    folder_.write("pack/pack-1.pack", pack);
  }

  std::string path() const { return folder_.path().string(); }

 private:
  fuzz::scratch_folder folder_;
};

constexpr std::size_t fanout_end = 8 + 256 * 4;

// Ids that the index lists, as far as it is there, and one that it does not.
std::vector<oid> ids_to_ask_for(std::string_view index) {
  std::vector<oid> ids(1);
  for (auto at = fanout_end; at + 20 <= index.size() && ids.size() < 32; at += 20) {
    oid id;
    std::ranges::copy(index.substr(at, 20), id.bytes.begin());
    ids.push_back(id);
  }
  return ids;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto text = fuzz::text_of(data, size);
  auto commit = text;
  static_cast<void>(git::take_parents(commit));
  if (size < 2)
    return 0;
  const auto length = std::min<std::size_t>(data[0] << 8 | data[1], size - 2);
  const auto index = text.substr(2, length);

  static const object_folder folder;
  folder.put(index, text.substr(2 + length));
  const std::vector<std::string> folders{folder.path()};
  git::packed_commits packs{folders};
  for (const auto& id : ids_to_ask_for(index)) {
    const auto parents = packs.parents(id);
    fuzz::expect(parents == packs.parents(id), "an answer stays the same");
    fuzz::expect(!parents || packs.has_commit(id), "what has parents is a commit");
    fuzz::expect(!packs.has_commit(id) || packs.contains(id), "a commit is an object");
  }
  return 0;
}
