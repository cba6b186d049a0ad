#include <tools/headway/program.hpp>

int main(int argc, char** argv) {
  return headway::tools::run_headway({argv + 1, argv + argc});
}
