// SPDX-License-Identifier: Apache-2.0
#pragma once
// Poller: edge-triggered readiness of many sockets, each registered once.
//
// Why not Asio's own waits: each of them costs one more system call, a read that ends in EAGAIN or an epoll_ctl, which
// is a fifth of the cost of a small message. Here a socket is registered once, for both directions, in our own epoll
// set. Asio watches that set as one descriptor, so all sockets that become ready together share the cost of one wait. A
// turn of the loop handles at most `events_max` of them before tasks and timers run.
// Threading: used inside its loop; created and destroyed there, or while the loop does not run. Lifetime: the loop
// outlives it; it outlives its watches. A watch may be destroyed at any time, also by the ready() of another.

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <memory>
#include <system_error>

#include "exocast/asio_loop.h"

namespace exocast {

class Poller final : private Runnable {
 public:
  /// Most watches notified in one turn of the loop; the rest follow in the next turns.
  static constexpr std::size_t events_max = 256;

  class Watch;

  /// Throws std::system_error when the process is out of file descriptors.
  explicit Poller(AsioLoop& loop);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  AsioLoop& loop() const noexcept { return loop_; }

  std::size_t watched() const noexcept { return watched_; }

 private:
  struct Set;
  struct SetIsReady;

  void run() noexcept override;  // waits for the set to become ready
  void tell() noexcept;
  void forget(const Watch& watch) noexcept;

  AsioLoop& loop_;
  std::unique_ptr<Set> set_;
  std::size_t watched_ = 0;
  std::array<epoll_event, events_max> events_;
  std::size_t next_ = 0;  // index of the next event to deliver
  std::size_t count_ = 0;
};

/// A descriptor and the receiver of its readiness. The destructor removes the descriptor from the set before it closes
/// it, because a process forked in between may keep it open.
class Poller::Watch {
 public:
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 protected:
  struct Readiness {
    bool readable = false;
    bool writable = false;
    bool hung_up = false;  ///< the far end sends no more, or the connection is broken; no edge follows
  };

  /// Takes over `descriptor`, which is open and non-blocking.
  Watch(Poller& poller, int descriptor) noexcept : poller_(poller), descriptor_(descriptor) {}
  ~Watch();

  /// Starts the calls of ready(). Call it once. Fails if the system has no memory or the user has no watches left.
  std::error_code begin() noexcept;

  Poller& poller() const noexcept { return poller_; }
  int descriptor() const noexcept { return descriptor_; }

  /// Called at each edge; the first call includes what is ready already. The watch may be destroyed inside.
  virtual void ready(Readiness readiness) noexcept = 0;

 private:
  friend class Poller;
  Poller& poller_;
  int descriptor_;
  bool watched_ = false;
};

}  // namespace exocast
