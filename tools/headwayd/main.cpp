#include <tools/headwayd/program.hpp>

int main(int argc, char** argv) {
  return headway::tools::run_headwayd({argv + 1, argv + argc});
}
