// SPDX-License-Identifier: Apache-2.0
#include "testing/link/stream_fixture.h"

#include <algorithm>

namespace exocast::testing {

using boost::asio::ip::tcp;

Read read_some(ByteStream& stream, std::size_t bytes_max) {
  std::string bytes(bytes_max, '\0');
  const auto got = stream.read(std::as_writable_bytes(std::span(bytes)));
  if (!got) return std::unexpected(got.error());
  bytes.resize(*got);
  return bytes;
}

std::expected<std::size_t, StreamFault> write_some(ByteStream& stream, std::string_view bytes) {
  const Bytes part = std::as_bytes(std::span(bytes));
  return stream.write(std::span(&part, 1));
}

task<Read> read_next(End& end, std::size_t bytes_max) {
  for (;;) {
    end.ear.readable.reset();
    Read read = read_some(*end.stream, bytes_max);
    if (read || read.error() != StreamFault::would_block) co_return read;
    co_await end.ear.readable.wait();
  }
}

task<std::string> read_all(End& end, std::size_t bytes) {
  std::string all;
  while (all.size() < bytes) {
    const Read read = co_await read_next(end, std::min<std::size_t>(bytes - all.size(), 65536));
    if (!read) break;
    all += *read;
  }
  co_return all;
}

task<bool> write_all(End& end, std::string_view bytes) {
  while (!bytes.empty()) {
    end.ear.writable.reset();
    const auto written = write_some(*end.stream, bytes);
    if (written) {
      bytes.remove_prefix(*written);
    } else if (written.error() == StreamFault::would_block) {
      co_await end.ear.writable.wait();
    } else {
      co_return false;
    }
  }
  co_return true;
}

std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> TcpWorld::connect() {
  auto [near, far] = connect_raw();
  return {std::move(near), stream_of(std::move(far))};
}

void TcpWorld::run(task<void> work) {
  const auto outcome = loop.run(std::move(work));
  EXPECT_TRUE(outcome.ok());
  if (outcome.exception()) std::rethrow_exception(outcome.exception());
}

std::pair<std::unique_ptr<ByteStream>, tcp::socket> TcpWorld::connect_raw() {
  tcp::acceptor acceptor(loop.context(), {boost::asio::ip::address_v4::loopback(), 0});
  tcp::socket near(loop.context());
  near.connect(acceptor.local_endpoint());
  tcp::socket far = acceptor.accept();
  far.native_non_blocking(true);
  return {stream_of(std::move(near)), std::move(far)};
}

std::unique_ptr<ByteStream> TcpWorld::stream_of(tcp::socket socket) {
  socket.native_non_blocking(true);
  auto stream = TcpStream::make(poller, socket.release(), options_);
  if (!stream) throw std::runtime_error(stream.error());
  return *std::move(stream);
}

std::pair<std::unique_ptr<ByteStream>, std::unique_ptr<ByteStream>> SimWorld::connect() {
  const auto wire =
      SimWire::make(loop, Random(1), {.delay_max = std::chrono::milliseconds(2), .piece_bytes_max = 10'000});
  return {wire->end(SimWire::first), wire->end(SimWire::second)};
}

void SimWorld::run(task<void> work) {
  const auto outcome = loop.run(std::move(work));
  EXPECT_TRUE(outcome.ok());
}

}  // namespace exocast::testing
