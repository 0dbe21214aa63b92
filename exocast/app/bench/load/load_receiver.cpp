// SPDX-License-Identifier: Apache-2.0
#include "exocast/app/bench/load/load_receiver.h"

#include <unistd.h>

#include <memory>
#include <utility>

#include <fmt/format.h>

#include "exocast/app/bench/fanout/machine.h"
#include "exocast/app/bench/load/black_hole.h"
#include "exocast/app/bench/load/token_message.h"
#include "exocast/app/cli/exit_status.h"
#include "exocast/app/cli/terminal.h"
#include "exocast/app/io/line_reader.h"
#include "exocast/gather/wait.h"
#include "exocast/link/exo/exo_server.h"
#include "exocast/link/native/native_receiver.h"
#include "exocast/link/native/tcp_listener.h"
#include "exocast/node/inbox.h"

namespace exocast::bench {
namespace {

constexpr std::size_t line_bytes_max = 256;

/// Gives what comes to the inbox, after a while if it is slow.
class Taker final : public ExoHandler {
 public:
  explicit Taker(Inbox& inbox) : inbox_(inbox) {}

  void take_so_long(Duration delay) noexcept { delay_ = delay; }

  task<std::expected<void, LinkError>> accept(Message message) override {
    if (delay_ > Duration::zero()) co_await sleep_for(delay_);
    co_return co_await inbox_.accept_soon(message);
  }
  Topology topology() override { return {}; }
  bool healthy() override { return true; }

 private:
  Inbox& inbox_;
  Duration delay_ = Duration::zero();
};

/// What serves links of one kind.
class Server {
 public:
  virtual ~Server() = default;
  virtual std::uint16_t port() const = 0;
};
using Started = std::expected<std::unique_ptr<Server>, std::string>;

const PeerAddress any_port{.host = "127.0.0.1", .port = 0};

class Exo final : public Server {
 public:
  explicit Exo(std::unique_ptr<ExoServer> server) : server_(std::move(server)) {}

  static Started start(AsioLoop& loop, ExoHandler& handler) {
    auto server = ExoServer::start(loop, any_port, handler, {});
    if (!server) return std::unexpected(server.error());
    return std::make_unique<Exo>(*std::move(server));
  }
  std::uint16_t port() const override { return server_->address().port; }

 private:
  std::unique_ptr<ExoServer> server_;
};

class Native final : public Server, private TcpListener::Acceptor {
 public:
  Native(AsioLoop& loop, MessageHandler& handler) : poller_(loop), receiver_(loop, handler) {}

  static Started start(AsioLoop& loop, MessageHandler& handler) {
    auto native = std::make_unique<Native>(loop, handler);
    auto listener = TcpListener::start(native->poller_, any_port, *native);
    if (!listener) return std::unexpected(listener.error());
    native->listener_ = *std::move(listener);
    return native;
  }
  std::uint16_t port() const override { return listener_->address().port; }

 private:
  void on_connection(std::unique_ptr<ByteStream> stream) noexcept override { receiver_.serve(std::move(stream)); }

  Poller poller_;
  NativeReceiver receiver_;
  std::unique_ptr<TcpListener> listener_;
};

class LoadReceiver {
 public:
  LoadReceiver(AsioLoop& loop, Inbox& inbox, Taker& taker)
      : loop_(loop), taker_(taker), subscription_(inbox.subscribe("bench")) {}

  task<void> run() {
    (co_await this_context()).scope->spawn(listen());
    LineReader lines(loop_, STDIN_FILENO, line_bytes_max);
    for (;;) {
      const LineReader::Line line = co_await lines.next();
      if (!line || !*line) co_return;
      fmt::print("{}\n", obey(**line));
      std::fflush(stdout);
    }
  }

 private:
  task<void> listen() {
    for (;;) note_tokens(co_await subscription_->next(), check_);
  }

  std::string obey(const std::string& line) {
    if (line == "hole") return fmt::format("{} sockets", fall_into_black_hole());
    if (line.starts_with("delay ")) {
      taker_.take_so_long(std::chrono::milliseconds(std::stoul(line.substr(line.find(' ')))));
      return "slow";
    }
    return to_line(check_.heard(std::stoull(line)));
  }

  AsioLoop& loop_;
  Taker& taker_;
  std::unique_ptr<Inbox::Subscription> subscription_;
  OrderCheck check_;
};

}  // namespace

int serve_load_receiver(const std::string& kind) {
  end_with_parent();
  AsioLoop loop;
  Inbox inbox;
  Taker taker(inbox);
  LoadReceiver receiver(loop, inbox, taker);
  const Started server = kind == "exo" ? Exo::start(loop, taker) : Native::start(loop, taker);
  if (!server) {
    complain(server.error());
    return exit_error;
  }
  fmt::print("{{\"port\":{}}}\nready\n", (*server)->port());
  std::fflush(stdout);
  loop.run(receiver.run());
  return exit_satisfied;
}

}  // namespace exocast::bench
