// A pack with its index, and the text of a commit. The input is the index, whose length stands
// in front of it in two bytes, and the pack.
#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>

#include <tests/fuzz/input.hpp>

#include <storage/git/commit_text.hpp>
#include <storage/git/packed_commits.hpp>

namespace {

using namespace headway;

// An object folder of this process in memory, with one pack that each input takes the place of.
class object_folder {
 public:
  object_folder() {
    std::string pattern = "/dev/shm/headway-fuzz-XXXXXX";
    if (::mkdtemp(pattern.data()) == nullptr)
      std::abort();
    path_ = pattern;
    std::filesystem::create_directory(path_ / "pack");
  }
  ~object_folder() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  void put(std::string_view index, std::string_view pack) const {
    write("pack/pack-1.idx", index);
    write("pack/pack-1.pack", pack);
  }

  std::string path() const { return path_.string(); }

 private:
  void write(const char* name, std::string_view content) const {
    std::ofstream{path_ / name, std::ios::binary | std::ios::trunc} << content;
  }

  std::filesystem::path path_;
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
  for (const auto& id : ids_to_ask_for(index))
    fuzz::expect(packs.parents(id) == packs.parents(id), "an answer stays the same");
  return 0;
}
