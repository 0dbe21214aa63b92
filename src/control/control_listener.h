// SPDX-License-Identifier: Apache-2.0
#pragma once
// ControlListener: the control socket of a node, from the claim of its path to its removal; and how clients connect to
// it.
//
// A path is claimed while the folder is locked, so if two nodes start at the same time only one gets it. A socket
// without a listener belongs to a dead node, and is replaced. Safe from any thread; one thread at a time.

#include <sys/types.h>

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/local/stream_protocol.hpp>

#include "exocast/asio_loop.h"

namespace exocast {

using LocalStream = boost::asio::local::stream_protocol;

/// Connects to the socket at `path`, or fails, at once: with would_block if its node is too busy to accept
/// connections, with connection_refused if its node is dead. Inside the loop, which outlives the socket.
std::expected<LocalStream::socket, boost::system::error_code> connect_control(AsioLoop& loop, const std::string& path);

/// Whether the user `peer` may control a node of user `own`: the same user, or root.
constexpr bool may_control(uid_t peer, uid_t own) noexcept { return peer == own || peer == 0; }

/// The user at the other end of a connection, from the system (SO_PEERCRED).
std::expected<uid_t, boost::system::error_code> user_of(LocalStream::socket& socket);

class ControlListener {
 public:
  /// Connections that wait to be accepted; the system refuses more.
  static constexpr int backlog = 64;

  struct Fault {
    std::string text;    ///< one printable line
    bool taken = false;  ///< a node with this id runs already
  };

  /// Listens at the path of node `id`, mode 0600. Fails if that node runs already, or if the folder or the path cannot
  /// be used.
  static std::expected<std::unique_ptr<ControlListener>, Fault> claim(std::string_view id);
  ControlListener(const ControlListener&) = delete;
  ControlListener& operator=(const ControlListener&) = delete;
  /// Removes the socket, unless another one is in its place.
  ~ControlListener();

  /// The acceptor; call it once. Inside the loop, which outlives it.
  LocalStream::acceptor acceptor(AsioLoop& loop);
  const std::string& path() const noexcept { return path_; }

 private:
  explicit ControlListener(std::string path) : path_(std::move(path)) {}
  boost::system::error_code listen();

  std::string path_;
  int fd_ = -1;
  ino_t inode_ = 0;
};

}  // namespace exocast
