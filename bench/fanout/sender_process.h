// SPDX-License-Identifier: Apache-2.0
#pragma once
// SenderProcess: a Sender in a process of its own. One thread.

#include <cstddef>
#include <string>
#include <vector>

#include "bench/fanout/sender.h"
#include "bench/process.h"

namespace exocast::bench {

/// Starts `exocast-bench` with `arguments`. Throws std::runtime_error.
Process start_bench(std::vector<std::string> arguments);

class SenderProcess {
 public:
  /// Starts it and waits until it is connected. Throws std::runtime_error.
  explicit SenderProcess(const SenderOptions& options);

  Sent send(std::size_t rounds);

  /// What one round takes, when `rounds` are done at once.
  Runner runner(std::size_t rounds);

 private:
  Process process_;
};

}  // namespace exocast::bench
