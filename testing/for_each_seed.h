// SPDX-License-Identifier: Apache-2.0
#pragma once
// for_each_seed: runs a simulation test for many seeds, and says how to replay the one that failed. For GoogleTest.
//
//   TEST(Broadcast, SaysWhoGotIt) {
//     for_each_seed(1, 1000, [](std::uint64_t seed) { SimLoop loop(seed); … EXPECT_EQ(…); });
//   }
//
// EXOCAST_SEED=7 or --seed=7 runs that seed only; EXOCAST_SEEDS=100000 or --seeds=100000 that many from the first one
// on, and EXOCAST_FIRST_SEED=7 or --first-seed=7 says which one that is: for a soak (scripts/soak). A flag goes before
// its variable. The first seed that fails, throws or ends the process ends the loop; the command that replays it is
// printed to stderr. One thread.

#include <unistd.h>

#include <charconv>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>

#include <gtest/gtest.h>

// Of the sanitizers' runtime, null without one.
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace exocast {

namespace detail {

/// The text of `--name=…` on the command line of this process, which is read again as GoogleTest keeps it to itself.
inline std::optional<std::string> flag_text(std::string_view name) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string argument;
  const std::string prefix = "--" + std::string(name) + "=";
  while (std::getline(file, argument, '\0')) {
    if (argument.starts_with(prefix)) return argument.substr(prefix.size());
  }
  return std::nullopt;
}

/// The number given as `--flag` or in the environment's `variable`; throws std::invalid_argument when it is none.
inline std::optional<std::uint64_t> given_number(const char* flag, const char* variable) {
  std::optional<std::string> text = flag_text(flag);
  if (const char* value = std::getenv(variable); !text && value != nullptr) text = value;
  if (!text) return std::nullopt;
  std::uint64_t number = 0;
  const char* end = text->data() + text->size();
  const auto [parsed, error] = std::from_chars(text->data(), end, number);
  if (error != std::errc() || parsed != end) {
    throw std::invalid_argument(std::string("--") + flag + " or " + variable + " is no number: '" + *text + "'");
  }
  return number;
}

/// What runs the running test again, to be put behind a variable's value.
inline std::string command_of_this_test() {
  const testing::TestInfo& test = *testing::UnitTest::GetInstance()->current_test_info();
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string program;
  std::getline(file, program, '\0');
  return " " + program + " --gtest_filter=" + test.test_suite_name() + "." + test.name() + "\n";
}

inline std::size_t failures_of_this_test() {
  const testing::TestResult& result = *testing::UnitTest::GetInstance()->current_test_info()->result();
  std::size_t failures = 0;
  for (int part = 0; part < result.total_part_count(); ++part) failures += result.GetTestPartResult(part).failed();
  return failures;
}

/// While it lives, an abort (a failed assert, std::terminate) or a sanitizer's report prints the replay command, too.
class ReplayOnDeath {
 public:
  ReplayOnDeath() : previous_(std::signal(SIGABRT, [](int /*signal*/) { print(); })) {
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(&print);
  }
  ReplayOnDeath(const ReplayOnDeath&) = delete;
  ReplayOnDeath& operator=(const ReplayOnDeath&) = delete;
  ~ReplayOnDeath() {
    std::signal(SIGABRT, previous_);
    if (__sanitizer_set_death_callback != nullptr) __sanitizer_set_death_callback(nullptr);
  }

  static inline std::string replay;  ///< for the seed that runs

 private:
  static void print() { [[maybe_unused]] const auto written = ::write(STDERR_FILENO, replay.data(), replay.size()); }

  void (*previous_)(int);
};

}  // namespace detail

/// Whether the seeds were chosen from outside: then what is hardly ever drawn need not be among them.
inline bool seeds_are_chosen() {
  return detail::given_number("seed", "EXOCAST_SEED") || detail::given_number("first-seed", "EXOCAST_FIRST_SEED");
}

/// Calls `fn(seed)` for `count` seeds from `first` on, or for those asked for from outside, up to the first that fails.
template <class Fn>
void for_each_seed(std::uint64_t first, std::uint64_t count, Fn&& fn) {
  first = detail::given_number("first-seed", "EXOCAST_FIRST_SEED").value_or(first);
  count = detail::given_number("seeds", "EXOCAST_SEEDS").value_or(count);
  if (const auto one = detail::given_number("seed", "EXOCAST_SEED")) {
    first = *one;
    count = 1;
  }
  const detail::ReplayOnDeath on_death;
  std::string& replay = detail::ReplayOnDeath::replay;
  const std::string command = detail::command_of_this_test();
  const std::size_t failures = detail::failures_of_this_test();
  for (std::uint64_t seed = first; seed - first < count; ++seed) {
    const std::string number = std::to_string(seed);
    replay = "seed " + number + " failed; replay: EXOCAST_SEED=" + number + command;
    bool failed = true;
    try {
      fn(seed);
      failed = detail::failures_of_this_test() > failures;
    } catch (...) {
      std::fputs(replay.c_str(), stderr);
      throw;
    }
    if (failed) {
      std::fputs(replay.c_str(), stderr);
      return;
    }
  }
}

}  // namespace exocast
