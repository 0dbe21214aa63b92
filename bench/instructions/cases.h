// SPDX-License-Identifier: Apache-2.0
#pragma once
// The cases of exocast-instructions. Each runs the engine in one thread and on virtual time, so a run takes the same
// instructions each time. One thread.

#include <cstddef>
#include <memory>
#include <string_view>
#include <vector>

namespace exocast::bench {

class Case {
 public:
  virtual ~Case() = default;

  /// Makes what the next run sends; its cost does not count.
  virtual void prepare(std::size_t messages) = 0;

  /// Sends all of it, and returns when every receiver has answered. Throws std::runtime_error if one does not.
  virtual void run() = 0;

  /// The receivers of each message.
  virtual std::size_t receivers() const noexcept = 0;
};

/// "stream", "single", "report", "fanout", "receive", "inbox".
std::vector<std::string_view> case_names();

/// One of these, its connections made; null for another name.
std::unique_ptr<Case> make_case(std::string_view name);

}  // namespace exocast::bench
