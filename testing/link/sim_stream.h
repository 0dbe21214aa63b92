// SPDX-License-Identifier: Apache-2.0
#pragma once
// SimWire: two ends of a byte stream in memory, on any Scheduler, with network faults from a seed.
//
// Bytes travel in pieces, each with its own delay, and arrive in order. A wire can be cut: bytes in flight are lost,
// and each end detects it at its own time, or never. An end can be stalled, like a stopped process: its listener gets
// no calls until it is resumed. Destroying an end closes it; the other end can still read what was sent. Threading: one
// thread, that of the scheduler; no locks. Lifetime: the ends keep the wire alive; the scheduler outlives it.

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>

#include "exocast/gather/detail/intrusive_list.h"
#include "link/stream/byte_stream.h"
#include "testing/sim_loop.h"

namespace exocast {

struct SimWireOptions {
  Duration delay_min = Duration::zero();
  Duration delay_max = Duration::zero();
  /// The largest piece in which bytes arrive.
  std::size_t piece_bytes_max = SIZE_MAX;
  /// The most unread bytes in each direction; a write accepts no more.
  std::size_t buffer_bytes = std::size_t{256} << 10;
};

class SimWire : public std::enable_shared_from_this<SimWire> {
 public:
  enum Side : unsigned char { first, second };

  static std::shared_ptr<SimWire> make(Scheduler& scheduler, Random random = Random(1),
                                       const SimWireOptions& options = {});

  /// One of the two ends; each may be taken once.
  std::unique_ptr<ByteStream> end(Side side);

  /// Cuts the wire now. Each end detects it after its time; Duration::max(): never.
  void cut(Duration first_learns, Duration second_learns);

  /// The listener of `side` gets no calls until resume().
  void stall(Side side) noexcept;
  void resume(Side side) noexcept;

  /// Whether the end has been destroyed.
  bool closed(Side side) const noexcept { return ends_[side].gone; }

 private:
  class Stream;
  struct Piece {
    TimePoint arrives;
    std::string bytes;  // empty: the sender has closed
  };
  /// The state of one end: incoming bytes, and the listener.
  struct End final : Timer, Runnable {
    void fired() noexcept override { wire->arrive(*this); }
    void run() noexcept override { wire->tell(*this); }

    SimWire* wire = nullptr;
    ByteStream::Listener* listener = nullptr;
    std::deque<Piece> coming;
    std::string arrived;
    std::size_t read = 0;                 // of `arrived`
    std::size_t unread_bytes = 0;         // in flight and arrived
    TimePoint learns = TimePoint::max();  // when it detects the cut
    bool broken = false;
    bool closed = false;  // the other end has closed, and that has arrived
    bool gone = false;
    bool stalled = false;
    bool read_armed = false;
    bool write_armed = false;
    bool readable = false;
    bool writable = false;
  };

  SimWire(Scheduler& scheduler, Random random, const SimWireOptions& options);

  std::expected<std::size_t, StreamFault> write(End& from, std::span<const Bytes> parts);
  std::expected<std::size_t, StreamFault> read(End& end, std::span<std::byte> into);
  void send(End& to, const std::string& bytes);
  void close(End& end);
  void arrive(End& end) noexcept;
  void learn(End& end) noexcept;
  void tell(End& end) noexcept;
  void tell_soon(End& end) noexcept;
  void wake(End& end) noexcept;
  End& other(const End& end) noexcept { return ends_[&end == ends_ ? 1 : 0]; }

  Scheduler& scheduler_;
  Random random_;
  SimWireOptions options_;
  End ends_[2];
  bool cut_ = false;
};

/// Dials by calling a function, after a delay.
class SimDialer final : public Dialer {
 public:
  /// Called with the number of the attempt, in the order in which they began: 1, 2, 3, …
  using Connect = std::function<std::expected<std::unique_ptr<ByteStream>, Status>(std::uint64_t attempt)>;

  explicit SimDialer(Connect connect, Duration delay = Duration::zero())
      : connect_(std::move(connect)), delay_(delay) {}

  task<std::expected<std::unique_ptr<ByteStream>, Status>> dial(Deadline deadline) override;

 private:
  Connect connect_;
  Duration delay_;
  std::uint64_t attempts_ = 0;
};

}  // namespace exocast
