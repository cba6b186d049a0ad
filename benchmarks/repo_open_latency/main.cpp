#include <iostream>

#include <benchmarks/repo_open_latency/repo_open_latency.hpp>

int main(int argc, char** argv) {
  return headway::repo_open_latency::run(argc, argv, std::cout, std::cerr);
}
