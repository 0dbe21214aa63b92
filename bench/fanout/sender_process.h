// SPDX-License-Identifier: Apache-2.0
#pragma once
// SenderProcess: a Sender in its own process. One thread.

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

  /// Measures one round, averaged over `rounds` consecutive rounds.
  Runner runner(std::size_t rounds);

 private:
  Process process_;
};

}  // namespace exocast::bench
