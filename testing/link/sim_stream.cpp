// SPDX-License-Identifier: Apache-2.0
#include "testing/link/sim_stream.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include "exocast/gather/wait.h"

namespace exocast {

class SimWire::Stream final : public ByteStream {
 public:
  Stream(std::shared_ptr<SimWire> wire, End& end) noexcept : wire_(std::move(wire)), end_(end) {}
  ~Stream() override { wire_->close(end_); }

  void listen(Listener& listener) noexcept override { end_.listener = &listener; }
  std::expected<std::size_t, StreamFault> write(std::span<const Bytes> parts) noexcept override {
    return wire_->write(end_, parts);
  }
  std::expected<std::size_t, StreamFault> read(std::span<std::byte> into) noexcept override {
    return wire_->read(end_, into);
  }
  std::string fault_text() const override { return end_.broken ? "the wire was cut" : ""; }

 private:
  std::shared_ptr<SimWire> wire_;
  End& end_;
};

std::shared_ptr<SimWire> SimWire::make(Scheduler& scheduler, Random random, const SimWireOptions& options) {
  return std::shared_ptr<SimWire>(new SimWire(scheduler, random, options));
}

SimWire::SimWire(Scheduler& scheduler, Random random, const SimWireOptions& options)
    : scheduler_(scheduler), random_(random), options_(options) {
  for (End& end : ends_) end.wire = this;
}

std::unique_ptr<ByteStream> SimWire::end(Side side) {
  return std::make_unique<Stream>(shared_from_this(), ends_[side]);
}

void SimWire::cut(Duration first_learns, Duration second_learns) {
  if (std::exchange(cut_, true)) return;
  const Duration learns[] = {first_learns, second_learns};
  for (std::size_t i = 0; i < 2; ++i) {
    End& end = ends_[i];
    for (const Piece& lost : end.coming) end.unread_bytes -= lost.bytes.size();
    end.coming.clear();
    if (learns[i] != Duration::max()) end.learns = scheduler_.now() + learns[i];
    wake(end);
  }
}

void SimWire::stall(Side side) noexcept { ends_[side].stalled = true; }

void SimWire::resume(Side side) noexcept {
  ends_[side].stalled = false;
  tell_soon(ends_[side]);
}

std::expected<std::size_t, StreamFault> SimWire::write(End& from, std::span<const Bytes> parts) {
  if (from.broken) return std::unexpected(StreamFault::broken);
  End& to = other(from);
  std::size_t room = options_.buffer_bytes - std::min(options_.buffer_bytes, to.unread_bytes);
  std::string taken;
  bool all = true;
  for (const Bytes part : parts.first(std::min(parts.size(), std::size_t{64}))) {
    const std::size_t bytes = std::min(part.size(), room);
    taken.append(reinterpret_cast<const char*>(part.data()), bytes);
    room -= bytes;
    all = all && bytes == part.size();
  }
  from.write_armed = !all;
  if (taken.empty()) return std::unexpected(StreamFault::would_block);
  const std::size_t bytes = taken.size();
  if (to.gone) {  // the far end resets a connection that is closed
    from.learns = std::min(from.learns, scheduler_.now() + random_.between(options_.delay_min, options_.delay_max));
    wake(from);
  } else if (cut_) {
    to.unread_bytes += bytes;  // retransmissions fill the buffer
  } else {
    send(to, taken);
  }
  return bytes;
}

std::expected<std::size_t, StreamFault> SimWire::read(End& end, std::span<std::byte> into) {
  if (end.broken) return std::unexpected(StreamFault::broken);
  const std::size_t bytes = std::min(into.size(), end.arrived.size() - end.read);
  if (bytes < into.size()) end.read_armed = true;
  if (bytes == 0) return std::unexpected(end.closed ? StreamFault::closed : StreamFault::would_block);
  std::memcpy(into.data(), end.arrived.data() + end.read, bytes);
  end.read += bytes;
  end.unread_bytes -= bytes;
  if (end.read == end.arrived.size()) {
    end.arrived.clear();
    end.read = 0;
  }
  if (end.closed && end.arrived.empty()) end.readable = true;  // the end of the stream is a separate edge
  if (end.readable) tell_soon(end);
  End& writer = other(end);
  if (std::exchange(writer.write_armed, false)) {
    writer.writable = true;
    tell_soon(writer);
  }
  return bytes;
}

void SimWire::send(End& to, const std::string& bytes) {
  to.unread_bytes += bytes.size();
  std::size_t at = 0;
  do {
    const std::size_t most = std::min(options_.piece_bytes_max, bytes.size() - at);
    const std::size_t piece = options_.piece_bytes_max == SIZE_MAX || most < 2 ? most : 1 + random_.below(most);
    TimePoint arrives = scheduler_.now() + random_.between(options_.delay_min, options_.delay_max);
    if (!to.coming.empty()) arrives = std::max(arrives, to.coming.back().arrives);
    to.coming.push_back({.arrives = arrives, .bytes = bytes.substr(at, piece)});
    at += piece;
  } while (at < bytes.size());
  wake(to);
}

void SimWire::close(End& end) {
  end.gone = true;
  end.listener = nullptr;
  end.disarm();
  end.unqueue();
  end.coming.clear();
  end.arrived.clear();
  if (!cut_ && !end.broken && !other(end).gone) send(other(end), {});
}

void SimWire::arrive(End& end) noexcept {
  const TimePoint now = scheduler_.now();
  if (end.learns <= now) return learn(end);
  bool some = false;
  while (!end.coming.empty() && end.coming.front().arrives <= now) {
    const Piece& piece = end.coming.front();
    end.closed = end.closed || piece.bytes.empty();
    end.arrived += piece.bytes;
    end.coming.pop_front();
    some = true;
  }
  wake(end);
  if (some && std::exchange(end.read_armed, false)) {
    end.readable = true;
    tell(end);
  }
}

void SimWire::learn(End& end) noexcept {
  end.broken = true;
  end.learns = TimePoint::max();
  end.coming.clear();
  end.arrived.clear();
  if (std::exchange(end.read_armed, false)) end.readable = true;
  if (std::exchange(end.write_armed, false)) end.writable = true;
  tell(end);
}

// The listener may destroy the stream, and with it the wire.
void SimWire::tell(End& end) noexcept {
  if (end.stalled) return;
  const std::shared_ptr<SimWire> alive = shared_from_this();
  if (end.listener != nullptr && std::exchange(end.readable, false)) end.listener->on_readable();
  if (end.listener != nullptr && std::exchange(end.writable, false)) end.listener->on_writable();
}

void SimWire::tell_soon(End& end) noexcept {
  if (!end.queued() && end.listener != nullptr) scheduler_.post(end);
}

void SimWire::wake(End& end) noexcept {
  TimePoint next = end.learns;
  if (!end.coming.empty()) next = std::min(next, end.coming.front().arrives);
  if (next == TimePoint::max() || end.gone) return end.disarm();
  scheduler_.wake_at(end, next);
}

task<std::expected<std::unique_ptr<ByteStream>, Status>> SimDialer::dial(Deadline deadline) {
  const std::uint64_t attempt = ++attempts_;
  const TimePoint now = (co_await this_context()).scheduler->now();
  const TimePoint there = now + delay_;
  if (delay_ > Duration::zero()) co_await sleep_until(Deadline::at(std::min(there, deadline.time())));
  if (there > deadline.time()) {
    co_return std::unexpected(Status::deadline_exceeded("no connection by the deadline"));
  }
  co_return connect_(attempt);
}

}  // namespace exocast
