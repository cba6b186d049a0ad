#include <iostream>

#include <benchmarks/sqlite_concurrency/sqlite_concurrency.hpp>

int main(int argc, char** argv) {
  return headway::sqlite_concurrency::run(argc, argv, std::cout, std::cerr);
}
