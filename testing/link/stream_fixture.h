// SPDX-License-Identifier: Apache-2.0
#pragma once
// Shared by the tests of byte streams: a world that creates streams of any transport, a listener that tasks can wait
// for, and tasks that read or write everything.

#include <memory>
#include <string>
#include <utility>

#include <boost/asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include "exocast/gather/wait.h"
#include "link/stream/tcp_stream.h"
#include "testing/link/sim_stream.h"

namespace exocast::testing {

/// Counts its calls, and wakes waiting tasks.
class Ear final : public ByteStream::Listener {
 public:
  void on_readable() noexcept override {
    ++readable_total;
    readable.set();
  }
  void on_writable() noexcept override {
    ++writable_total;
    writable.set();
  }

  std::size_t readable_total = 0;
  std::size_t writable_total = 0;
  Event readable;
  Event writable;
};

/// One end: a stream and its listener.
struct End {
  explicit End(std::unique_ptr<ByteStream> from) : stream(std::move(from)) { stream->listen(ear); }
  Ear ear;
  std::unique_ptr<ByteStream> stream;
};

using Read = std::expected<std::string, StreamFault>;

/// One read of up to `bytes_max`, at once.
Read read_some(ByteStream& stream, std::size_t bytes_max = 65536);
std::expected<std::size_t, StreamFault> write_some(ByteStream& stream, std::string_view bytes);

/// One read, once there is data.
task<Read> read_next(End& end, std::size_t bytes_max = 65536);
/// `bytes` bytes, or fewer if the stream ends first.
task<std::string> read_all(End& end, std::size_t bytes);
/// Writes all of it; false if the stream breaks.
task<bool> write_all(End& end, std::string_view bytes);

/// A transport for streams.
class StreamWorld {
 public:
  virtual ~StreamWorld() = default;
  /// The two ends of a new connection.
  virtual std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> connect() = 0;
  /// Runs `work` to its end. Call it once per test; streams are created and destroyed inside.
  virtual void run(task<void> work) = 0;
};

/// TCP on loopback.
class TcpWorld final : public StreamWorld {
 public:
  explicit TcpWorld(TcpOptions options = {}) : options_(options) {}

  std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> connect() override;
  void run(task<void> work) override;

  /// One end as a stream, the other as a non-blocking socket.
  std::pair<std::unique_ptr<ByteStream>, boost::asio::ip::tcp::socket> connect_raw();

  AsioLoop loop;
  Poller poller{loop};

 private:
  std::unique_ptr<ByteStream> stream_of(boost::asio::ip::tcp::socket socket);
  TcpOptions options_;
};

/// In memory, on virtual time.
class SimWorld final : public StreamWorld {
 public:
  std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> connect() override;
  void run(task<void> work) override;

  SimLoop loop{1};
};

}  // namespace exocast::testing
