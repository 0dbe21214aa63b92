// SPDX-License-Identifier: Apache-2.0
#pragma once
// for_each_seed: runs a simulation test for many seeds, and prints how to replay a failure. For GoogleTest.
//
//   TEST(Broadcast, SaysWhoGotIt) {
//     for_each_seed(1, 1000, [](std::uint64_t seed) { SimLoop loop(seed); … EXPECT_EQ(…); });
//   }
//
// EXOCAST_SEED=7 or --seed=7 runs only that seed. EXOCAST_SEEDS=100000 or --seeds=100000 runs that many, from
// EXOCAST_FIRST_SEED or --first-seed on, for a soak (scripts/soak). A flag takes precedence over its variable. The loop
// ends at the first seed that fails, throws or ends the process, and the command that replays it is printed to stderr.
// One thread.

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

// From the sanitizers' runtime; null without one.
extern "C" [[gnu::weak]] void __sanitizer_set_death_callback(void (*callback)());

namespace exocast {

namespace detail {

/// The value of `--name=…` on the command line of this process, re-read because GoogleTest does not expose it.
inline std::optional<std::string> flag_text(std::string_view name) {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::string argument;
  const std::string prefix = "--" + std::string(name) + "=";
  while (std::getline(file, argument, '\0')) {
    if (argument.starts_with(prefix)) return argument.substr(prefix.size());
  }
  return std::nullopt;
}

/// The number from `--flag` or the environment's `variable`; throws std::invalid_argument if it is invalid.
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

/// The command that runs the current test again, to be put after a variable's value.
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

/// During its lifetime, an abort (a failed assert, std::terminate) or a sanitizer's report also prints the replay
/// command.
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

  static inline std::string replay;  ///< for the current seed

 private:
  static void print() { [[maybe_unused]] const auto written = ::write(STDERR_FILENO, replay.data(), replay.size()); }

  void (*previous_)(int);
};

}  // namespace detail

/// Whether the seeds were chosen from outside: then rare cases need not be among them.
inline bool seeds_are_chosen() {
  return detail::given_number("seed", "EXOCAST_SEED") || detail::given_number("first-seed", "EXOCAST_FIRST_SEED");
}

/// Calls `fn(seed)` for `count` seeds from `first` on, or for those chosen from outside, up to the first failure.
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
