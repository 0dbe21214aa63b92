// SPDX-License-Identifier: Apache-2.0
// The program `exocast-instructions CASE MESSAGES`: instructions_test.py counts its instructions.
//
// It sends that many messages twice, the second time inside exocast_counted(), by whose name callgrind knows what to
// count; then it prints one line: {"case":"stream","deliveries":8000,"allocations":150}.

#include <cstdio>
#include <cstdlib>
#include <exception>
#include <string>

#include <fmt/format.h>

#include "bench/instructions/cases.h"
#include "bench/measure.h"

extern "C" [[gnu::noinline]] void exocast_counted(exocast::bench::Case& one) { one.run(); }

int main(int argc, char** argv) {
  try {
    const auto one = argc == 3 ? exocast::bench::make_case(argv[1]) : nullptr;
    if (one == nullptr) {
      fmt::print(stderr, "usage: exocast-instructions {} MESSAGES\n", fmt::join(exocast::bench::case_names(), "|"));
      return EXIT_FAILURE;
    }
    const std::size_t messages = std::stoul(argv[2]);
    one->prepare(messages);
    one->run();  // connects, and grows what grows
    one->prepare(messages);
    const std::uint64_t before = exocast::bench::allocations();
    exocast_counted(*one);
    const std::uint64_t allocations = exocast::bench::allocations() - before;
    fmt::print("{{\"case\":\"{}\",\"deliveries\":{},\"allocations\":{}}}\n", argv[1], messages * one->receivers(),
               allocations);
  } catch (const std::exception& error) {
    fmt::print(stderr, "exocast-instructions: {}\n", error.what());
    return EXIT_FAILURE;
  }
  return EXIT_SUCCESS;
}
