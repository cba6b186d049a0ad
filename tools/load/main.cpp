#include <tools/load/program.hpp>

int main(int argc, char** argv) {
  return headway::load::run_headway_load({argv + 1, argv + argc});
}
