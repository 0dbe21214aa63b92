// SPDX-License-Identifier: Apache-2.0
#pragma once
// Readiness: waits until a read from, or a write to, a descriptor would not block, even if other processes share it.
//
// Standard input and output are shared with the shell and other processes. Asio would make them non-blocking for all of
// them. So they stay as they are, and the loop waits for an epoll set that contains them. Threading: inside the loop.
// Lifetime: the loop and the descriptor outlive it; it outlives its waits.

#include <memory>

#include "exocast/asio_loop.h"

namespace exocast {

class Readiness {
 public:
  enum class To { read, write };

  /// Throws std::system_error when the process is out of file descriptors.
  Readiness(AsioLoop& loop, int fd, To to);
  Readiness(const Readiness&) = delete;
  Readiness& operator=(const Readiness&) = delete;
  ~Readiness();

  /// Resumes when the operation would not block: at once for files, and for closed descriptors.
  task<void> wait();

 private:
  struct Watch;
  bool ready() const noexcept;

  int fd_;
  To to_;
  std::unique_ptr<Watch> watch_;  // null: never blocks
};

}  // namespace exocast
