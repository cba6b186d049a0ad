// Writes the manual pages into the folder that is named.

#include <fstream>
#include <iostream>

#include <tools/headway/options.hpp>
#include <tools/headwayd/options.hpp>
#include <tools/manual/page.hpp>

namespace {

bool write(const std::string& path, const std::string& text) {
  std::ofstream file{path};
  file << text;
  file.close();
  return file.good();
}

}  // namespace

int main(int count, char** words) {
  using namespace headway::tools;
  if (count != 3) {
    std::cerr << "usage: headway-manual FOLDER VERSION\n";
    return 2;
  }
  const std::string folder{words[1]};
  const std::string version{words[2]};
  const bool written =
      write(folder + "/headway.1", program_page(headway_words(), "1", version)) &&
      write(folder + "/headwayd.8", program_page(headwayd_words(), "8", version)) &&
      write(folder + "/headwayd.toml.5", configuration_page(version));
  return written ? 0 : 1;
}
