#include <iostream>

#include <benchmarks/graph_queries/graph_queries.hpp>

int main(int argc, char** argv) {
  return headway::graph_queries::run(argc, argv, std::cout, std::cerr);
}
