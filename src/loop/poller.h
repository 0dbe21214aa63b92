// SPDX-License-Identifier: Apache-2.0
#pragma once
// Poller: edge-triggered readiness of many sockets, each registered once.
//
// Why not Asio's own waits: for every wait it makes one more system call, a read that ends in EAGAIN or an epoll_ctl,
// which is a fifth of the cost of a small message. Here a socket is registered once, for both directions, in an epoll
// set of our own; Asio watches that set as one descriptor, so the cost of a wait is shared by all sockets that became
// ready together. At most `events_max` of them are told in a turn of the loop, then tasks and timers have theirs.
// Threading: used inside its loop; made and destroyed there, or while the loop does not run. Lifetime: the loop
// outlives it; it outlives its watches. A watch may be destroyed at any time, also by another that is just being told.

#include <sys/epoll.h>

#include <array>
#include <cstddef>
#include <memory>
#include <system_error>

#include "exocast/asio_loop.h"

namespace exocast {

class Poller final : private Runnable {
 public:
  /// How many watches are told in one turn of the loop at most; the others are told in the next ones.
  static constexpr std::size_t events_max = 256;

  class Watch;

  /// Throws std::system_error when the process is out of file descriptors.
  explicit Poller(AsioLoop& loop);
  Poller(const Poller&) = delete;
  Poller& operator=(const Poller&) = delete;
  ~Poller();

  AsioLoop& loop() const noexcept { return loop_; }

  /// Descriptors that are watched.
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
  std::size_t next_ = 0;  // of events_, while they are being told
  std::size_t count_ = 0;
};

/// A descriptor and who is told of it. It is closed with its watch, after it was taken out of the set: it might live on
/// in a process forked meanwhile.
class Poller::Watch {
 public:
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

 protected:
  struct Readiness {
    bool readable = false;
    bool writable = false;
    bool hung_up = false;  ///< the far end sends no more, or the connection is broken: there is no further edge to come
  };

  /// Takes over `descriptor`, which is open and does not block, watched or not.
  Watch(Poller& poller, int descriptor) noexcept : poller_(poller), descriptor_(descriptor) {}
  ~Watch();

  /// From now on ready() is called. Once. Fails when the system has no memory or no more watches for this user.
  std::error_code begin() noexcept;

  Poller& poller() const noexcept { return poller_; }
  int descriptor() const noexcept { return descriptor_; }

  /// At the edge to each readiness; what is ready already comes with it. The watch may be destroyed inside.
  virtual void ready(Readiness readiness) noexcept = 0;

 private:
  friend class Poller;
  Poller& poller_;
  int descriptor_;
  bool watched_ = false;
};

}  // namespace exocast
