// SPDX-License-Identifier: Apache-2.0
#include "link/stream/tcp_stream.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cerrno>
#include <utility>

namespace exocast {
namespace {

/// Within keepalive_timeout, acknowledgements are checked this many times, and this many probes are sent.
constexpr int looks = 4;

bool set(int socket, int level, int option, int value) noexcept {
  return setsockopt(socket, level, option, &value, sizeof value) == 0;
}

int seconds(Duration duration) noexcept {
  return static_cast<int>(std::max<std::int64_t>(1, std::chrono::ceil<std::chrono::seconds>(duration).count()));
}

/// sendmsg() of `parts`; sets `bytes` to their total. A single part uses send(): copying and checking the header and
/// vector of sendmsg() is 2 % of the cost of a small message.
ssize_t send_some(int socket, std::span<const Bytes> parts, std::size_t& bytes) noexcept {
  if (parts.size() == 1) {
    bytes = parts[0].size();
    return send(socket, parts[0].data(), bytes, MSG_NOSIGNAL);
  }
  std::array<iovec, TcpStream::parts_max> vector;
  const std::size_t count = std::min(parts.size(), TcpStream::parts_max);
  for (std::size_t i = 0; i < count; ++i) {
    // The system takes void*, but only reads.
    vector[i] = {.iov_base = const_cast<std::byte*>(parts[i].data()), .iov_len = parts[i].size()};
    bytes += parts[i].size();
  }
  msghdr message{};
  message.msg_iov = vector.data();
  message.msg_iovlen = count;
  return sendmsg(socket, &message, MSG_NOSIGNAL);
}

}  // namespace

std::expected<std::unique_ptr<ByteStream>, std::string> TcpStream::make(Poller& poller, int socket,
                                                                        const TcpOptions& options,
                                                                        std::shared_ptr<void> keep) {
  std::unique_ptr<TcpStream> stream(new TcpStream(poller, socket, options, std::move(keep)));
  if (const std::error_code error = stream->configure()) return std::unexpected(error.message());
  return stream;
}

TcpStream::TcpStream(Poller& poller, int socket, const TcpOptions& options, std::shared_ptr<void> keep) noexcept
    : Watch(poller, socket), keep_(std::move(keep)), options_(options), all_well_(poller.loop().now()) {}

std::error_code TcpStream::configure() noexcept {
  const int socket = descriptor();
  const bool done = set(socket, IPPROTO_TCP, TCP_NODELAY, 1) && set(socket, SOL_SOCKET, SO_KEEPALIVE, 1) &&
                    set(socket, IPPROTO_TCP, TCP_KEEPIDLE, seconds(options_.keepalive_interval)) &&
                    set(socket, IPPROTO_TCP, TCP_KEEPINTVL, seconds(options_.keepalive_timeout / looks)) &&
                    set(socket, IPPROTO_TCP, TCP_KEEPCNT, looks);
  if (!done) return {errno, std::generic_category()};
  look_later();
  return begin();
}

void TcpStream::listen(Listener& listener) noexcept {
  assert(listener_ == nullptr);
  listener_ = &listener;
  if (told_readable_later_ || told_writable_later_) tell_later(false, false);
}

std::expected<std::size_t, StreamFault> TcpStream::write(std::span<const Bytes> parts) noexcept {
  for (;;) {
    if (error_ != 0) return std::unexpected(StreamFault::broken);
    std::size_t bytes = 0;
    const ssize_t sent = send_some(descriptor(), parts, bytes);
    if (sent >= 0) {
      // The system took what it had room for; an edge follows when there is more.
      if (static_cast<std::size_t>(sent) < bytes) write_armed_ = true;
      return static_cast<std::size_t>(sent);
    }
    if (errno == EAGAIN) {
      write_armed_ = true;
      return std::unexpected(StreamFault::would_block);
    }
    if (errno != EINTR) return std::unexpected(fault(errno));
  }
}

std::expected<std::size_t, StreamFault> TcpStream::read(std::span<std::byte> into) noexcept {
  for (;;) {
    if (error_ != 0) return std::unexpected(StreamFault::broken);
    const ssize_t got = recv(descriptor(), into.data(), into.size(), 0);
    if (got > 0) {
      read_armed_ = static_cast<std::size_t>(got) < into.size();
      if (read_armed_ && hung_up_) tell_later(true, false);  // the end has already arrived, so there will be no edge
      return static_cast<std::size_t>(got);
    }
    if (got == 0) return std::unexpected(StreamFault::closed);
    if (errno == EAGAIN) {
      read_armed_ = true;
      return std::unexpected(StreamFault::would_block);
    }
    if (errno != EINTR) return std::unexpected(fault(errno));
  }
}

StreamFault TcpStream::fault(int error) noexcept {
  error_ = error;
  disarm();
  return StreamFault::broken;
}

std::string TcpStream::fault_text() const { return std::generic_category().message(error_); }

// A call to the listener is the last action of any function, as the stream may be destroyed there.

void TcpStream::ready(Readiness readiness) noexcept {
  hung_up_ = hung_up_ || readiness.hung_up;
  if (listener_ == nullptr) {
    told_readable_later_ = told_readable_later_ || readiness.readable;
    told_writable_later_ = told_writable_later_ || readiness.writable;
  } else {
    tell(readiness.readable, readiness.writable);
  }
}

void TcpStream::tell(bool readable, bool writable) noexcept {
  readable = readable && read_armed_;
  writable = writable && write_armed_;
  if (readable) {
    if (writable) tell_later(false, true);
    read_armed_ = false;
    listener_->on_readable();
  } else if (writable) {
    write_armed_ = false;
    listener_->on_writable();
  }
}

void TcpStream::tell_later(bool readable, bool writable) noexcept {
  told_readable_later_ = told_readable_later_ || readable;
  told_writable_later_ = told_writable_later_ || writable;
  if (!queued()) poller().loop().post(*this);
}

void TcpStream::run() noexcept {
  tell(std::exchange(told_readable_later_, false), std::exchange(told_writable_later_, false));
}

void TcpStream::fired() noexcept {
  const TimePoint now = poller().loop().now();
  if (!unacknowledged()) all_well_ = now;
  if (now - all_well_ < options_.keepalive_timeout) return look_later();
  error_ = ETIMEDOUT;
  if (listener_ != nullptr) tell(true, true);
}

void TcpStream::look_later() noexcept {
  poller().loop().wake_at(*this, Deadline::after(poller().loop().now(), options_.keepalive_timeout / looks).time());
}

/// Whether bytes are under way and the peer has sent nothing since the last check. If the peer's window is closed, no
/// bytes are under way: TCP probes it, and has at most one unanswered probe while the machine is up.
bool TcpStream::unacknowledged() const noexcept {
  tcp_info info{};
  socklen_t bytes = sizeof info;
  if (getsockopt(descriptor(), IPPROTO_TCP, TCP_INFO, &info, &bytes) != 0) return false;
  const bool due = info.tcpi_unacked > 0 || info.tcpi_probes > 1;
  return due && std::chrono::milliseconds(info.tcpi_last_ack_recv) >= options_.keepalive_timeout / looks;
}

}  // namespace exocast
