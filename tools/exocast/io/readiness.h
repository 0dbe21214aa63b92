// SPDX-License-Identifier: Apache-2.0
#pragma once
// Readiness: waits until reading from, or writing to, a descriptor would not block, for those that belong to others
// too.
//
// Standard input and output are shared with the shell and with whoever else has them. Asio would switch them to
// non-blocking for all of these; so they stay as they are, and an epoll set of their own stands for them in the loop.
// Threading: inside the loop. Lifetime: outlived by the loop and the descriptor, outlives its waits.

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

  /// Goes on when the operation would not block: at once for files, and for descriptors that are not open.
  task<void> wait();

 private:
  struct Watch;
  bool ready() const noexcept;

  int fd_;
  To to_;
  std::unique_ptr<Watch> watch_;  // null: never blocks
};

}  // namespace exocast
