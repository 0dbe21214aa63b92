// SPDX-License-Identifier: Apache-2.0
#pragma once
// For the tests of the Asio runtime: sockets on loopback, and tasks driven by hand. All of it is created and used
// inside the loop.

#include <sys/socket.h>

#include <coroutine>
#include <string>
#include <vector>

#include <boost/asio/ip/tcp.hpp>

#include "exocast/asio_loop.h"
#include "exocast/gather/wait.h"

namespace exocast {

inline const std::string big(8 << 20, 'b');  // more than both socket buffers of a connection hold

/// Two ends of one TCP connection.
struct SocketPair {
  explicit SocketPair(AsioLoop& loop) : near(loop.context()), far(loop.context()) {
    boost::asio::ip::tcp::acceptor acceptor(loop.context(), {boost::asio::ip::address_v4::loopback(), 0});
    near.connect(acceptor.local_endpoint());
    acceptor.accept(far);
  }
  boost::asio::ip::tcp::socket near;
  boost::asio::ip::tcp::socket far;
};

/// A listener with a full queue, so that connecting clients wait.
class Unanswering {
 public:
  explicit Unanswering(AsioLoop& loop) : acceptor_(loop.context(), boost::asio::ip::tcp::v4()) {
    acceptor_.bind({boost::asio::ip::address_v4::loopback(), 0});
    acceptor_.listen(0);
    for (int i = 0; i < 4; ++i) {
      auto& client = clients_.emplace_back(loop.context(), boost::asio::ip::tcp::v4());
      client.native_non_blocking(true);
      const auto to = endpoint();
      ::connect(client.native_handle(), to.data(), static_cast<socklen_t>(to.size()));  // Asio's own connect would wait
    }
  }
  boost::asio::ip::tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

 private:
  boost::asio::ip::tcp::acceptor acceptor_;
  std::vector<boost::asio::ip::tcp::socket> clients_;
};

/// A task outside of any gather or scope, so that a test can stop and destroy it.
class ByHand final : private Continuation {
 public:
  ByHand(AsioLoop& loop, task<void> work)
      : context_{.scheduler = &loop, .stop = &stop_, .scope = nullptr}, work_(std::move(work)) {}
  void start() { work_.prepare(context_, *this).resume(); }
  void stop() { stop_.request(); }
  void destroy() { work_.reset(); }
  bool is_stopped() const { return stopped_; }
  bool is_completed() const { return completed_; }

 private:
  std::coroutine_handle<> completed() noexcept override {
    completed_ = true;
    return std::noop_coroutine();
  }
  std::coroutine_handle<> stopped() noexcept override {
    stopped_ = true;
    return std::noop_coroutine();
  }
  StopSource stop_;
  Context context_;
  task<void> work_;
  bool stopped_ = false;
  bool completed_ = false;
};

/// Lets the loop take some turns.
inline task<void> some_turns(int count) {
  for (int i = 0; i < count; ++i) co_await sleep_for(std::chrono::microseconds(100));
}

}  // namespace exocast
