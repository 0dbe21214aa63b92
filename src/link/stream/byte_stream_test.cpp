// SPDX-License-Identifier: Apache-2.0
// The contract of byte_stream.h, tested with each kind of stream.
#include "link/stream/byte_stream.h"

#include <functional>
#include <random>
#include <vector>

#include <gmock/gmock.h>

#include "testing/link/stream_fixture.h"

namespace exocast::testing {
namespace {

using namespace std::chrono_literals;
using MakeWorld = std::unique_ptr<StreamWorld> (*)();

class ByteStreams : public ::testing::TestWithParam<std::pair<const char*, MakeWorld>> {
 protected:
  /// Runs `test` with the two ends of a connection.
  void with_ends(const std::function<task<void>(End&, End&)>& test) {
    const auto world = GetParam().second();
    world->run([](StreamWorld& world, const std::function<task<void>(End&, End&)>& test) -> task<void> {
      auto [a, b] = world.connect();
      End near(std::move(a));
      End far(std::move(b));
      co_await test(near, far);
    }(*world, test));
  }
};

std::string random_bytes(std::size_t count, std::uint64_t seed) {
  std::mt19937_64 random(seed);
  std::string bytes;
  while (bytes.size() < count) bytes += static_cast<char>(random());
  return bytes;
}

/// Writes `bytes` in randomly cut vectored writes.
task<void> write_in_pieces(End& end, std::string_view bytes) {
  std::mt19937_64 random(7);
  while (!bytes.empty()) {
    std::vector<Bytes> parts;
    std::string_view left = bytes;
    for (std::size_t part = random() % 80; part < 80 && !left.empty(); ++part) {
      const std::size_t size = 1 + random() % std::min<std::size_t>(left.size(), 3000);
      parts.push_back(std::as_bytes(std::span(left.substr(0, size))));
      left.remove_prefix(size);
    }
    end.ear.writable.reset();
    const auto written = end.stream->write(parts);
    if (written) {
      EXPECT_GT(*written, 0U);
      bytes.remove_prefix(*written);
    } else {
      EXPECT_EQ(written.error(), StreamFault::would_block);
      co_await end.ear.writable.wait();
    }
  }
}

TEST_P(ByteStreams, BytesComeInOrderHoweverTheyAreCut) {
  with_ends([](End& near, End& far) -> task<void> {
    const std::string sent = random_bytes(1 << 20, 1);
    Scope& scope = *(co_await this_context()).scope;
    scope.spawn(write_in_pieces(near, sent));
    std::mt19937_64 random(3);
    std::string received;
    while (received.size() < sent.size()) {
      const auto read = co_await read_next(far, 1 + random() % 5000);
      if (!read) break;
      received += *read;
    }
    EXPECT_TRUE(received == sent);
  });
}

TEST_P(ByteStreams, BothDirectionsAreApart) {
  with_ends([](End& near, End& far) -> task<void> {
    const std::string there = random_bytes(300'000, 1);
    const std::string back = random_bytes(300'000, 2);
    Scope& scope = *(co_await this_context()).scope;
    scope.spawn(write_in_pieces(near, there));
    scope.spawn(write_in_pieces(far, back));
    EXPECT_TRUE(co_await read_all(far, there.size()) == there);
    EXPECT_TRUE(co_await read_all(near, back.size()) == back);
  });
}

TEST_P(ByteStreams, AReadOfNothingSaysSoAndTellsOnceWhenBytesHaveCome) {
  with_ends([](End& near, End& far) -> task<void> {
    EXPECT_EQ(read_some(*far.stream).error(), StreamFault::would_block);
    EXPECT_EQ(far.ear.readable_total, 0U);
    EXPECT_EQ(write_some(*near.stream, "abc"), 3U);
    co_await far.ear.readable.wait();
    EXPECT_EQ(write_some(*near.stream, "def"), 3U);
    co_await sleep_for(20ms);
    EXPECT_EQ(far.ear.readable_total, 1U) << "nobody has read since";
    EXPECT_EQ(co_await read_all(far, 6), "abcdef");
  });
}

TEST_P(ByteStreams, AShortReadIsToldOfWhatComesNext) {
  with_ends([](End& near, End& far) -> task<void> {
    EXPECT_EQ(read_some(*far.stream).error(), StreamFault::would_block);
    for (int i = 0; i < 10; ++i) {
      far.ear.readable.reset();
      EXPECT_EQ(write_some(*near.stream, "x"), 1U);
      co_await far.ear.readable.wait();
      EXPECT_EQ(read_some(*far.stream, 100), "x");
    }
  });
}

TEST_P(ByteStreams, AFullStreamSaysSoAndTellsWhenThereIsRoom) {
  with_ends([](End& near, End& far) -> task<void> {
    const std::string block(65536, 'x');
    std::size_t sent = 0;
    for (;;) {
      const auto written = write_some(*near.stream, block);
      if (!written) {
        EXPECT_EQ(written.error(), StreamFault::would_block);
        break;
      }
      sent += *written;
      EXPECT_LT(sent, std::size_t{1} << 30) << "it is bounded";
      if (sent > std::size_t{1} << 30) co_return;
    }
    EXPECT_FALSE(near.ear.writable.is_set());
    EXPECT_EQ((co_await read_all(far, sent)).size(), sent);
    co_await near.ear.writable.wait();
    EXPECT_TRUE(write_some(*near.stream, block));
  });
}

TEST_P(ByteStreams, AWriteLooksAt64PartsAtMost) {
  with_ends([](End& near, End& far) -> task<void> {
    const std::string text = random_bytes(100, 1);
    std::vector<Bytes> parts;
    for (const char& byte : text) parts.push_back(std::as_bytes(std::span(&byte, 1)));
    EXPECT_EQ(near.stream->write(parts), 64U);
    EXPECT_EQ(co_await read_all(far, 64), text.substr(0, 64));
  });
}

TEST_P(ByteStreams, TheEndIsToldOnceAllHasBeenRead) {
  with_ends([](End& near, End& far) -> task<void> {
    EXPECT_EQ(read_some(*far.stream).error(), StreamFault::would_block);
    EXPECT_EQ(write_some(*near.stream, "the last words"), 14U);
    near.stream.reset();
    co_await far.ear.readable.wait();
    co_await sleep_for(5ms);  // so that the end has arrived with the bytes
    EXPECT_EQ(co_await read_next(far), "the last words");
    const auto end = co_await read_next(far);
    EXPECT_EQ(end.error(), StreamFault::closed);
    EXPECT_EQ(read_some(*far.stream).error(), StreamFault::closed) << "and remains so";
  });
}

/// Destroys its stream when called.
class Destroyer final : public ByteStream::Listener {
 public:
  explicit Destroyer(std::unique_ptr<ByteStream> from) : stream_(std::move(from)) { stream_->listen(*this); }
  void on_readable() noexcept override { end(); }
  void on_writable() noexcept override { end(); }
  ByteStream* stream() const { return stream_.get(); }
  std::size_t told = 0;

 private:
  void end() {
    ++told;
    stream_.reset();
  }
  std::unique_ptr<ByteStream> stream_;
};

TEST_P(ByteStreams, OneMayBeDestroyedInsideACallToItsListener) {
  const auto world = GetParam().second();
  world->run([](StreamWorld& world) -> task<void> {
    auto [a, b] = world.connect();
    End near(std::move(a));
    Destroyer far(std::move(b));
    const std::string block(65536, 'x');
    while (write_some(*far.stream(), block)) {  // so that it waits for both
    }
    EXPECT_EQ(read_some(*far.stream()).error(), StreamFault::would_block);
    EXPECT_TRUE(write_some(*near.stream, "x"));
    EXPECT_TRUE(co_await read_next(near));
    while (far.told == 0) co_await sleep_for(1ms);
    co_await sleep_for(5ms);
    EXPECT_EQ(far.told, 1U);
  }(*world));
}

TEST_P(ByteStreams, OneThatIsDestroyedTellsNobody) {
  const auto world = GetParam().second();
  world->run([](StreamWorld& world) -> task<void> {
    auto [a, b] = world.connect();
    End near(std::move(a));
    End far(std::move(b));
    EXPECT_EQ(read_some(*far.stream).error(), StreamFault::would_block);
    EXPECT_TRUE(write_some(*near.stream, "x"));
    far.stream.reset();
    co_await sleep_for(5ms);
    EXPECT_EQ(far.ear.readable_total + far.ear.writable_total, 0U);
  }(*world));
}

template <class World>
std::unique_ptr<StreamWorld> make() {
  return std::make_unique<World>();
}

INSTANTIATE_TEST_SUITE_P(, ByteStreams,
                         ::testing::Values(std::pair<const char*, MakeWorld>("Tcp", &make<TcpWorld>),
                                           std::pair<const char*, MakeWorld>("Sim", &make<SimWorld>)),
                         [](const auto& info) { return std::string(info.param.first); });

}  // namespace
}  // namespace exocast::testing
