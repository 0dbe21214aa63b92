// SPDX-License-Identifier: Apache-2.0
#pragma once
// ControlListener: the control socket of a node, from when its path is claimed until it is removed.
//
// A path is claimed while the folder is locked, so of two nodes that start at once one gets it. A socket that nobody
// listens on was left by a node that died, and is replaced. Threading: inside the loop. Lifetime: the loop outlives it.

#include <sys/types.h>

#include <expected>
#include <memory>
#include <string>
#include <string_view>

#include <boost/asio/local/stream_protocol.hpp>

#include "exocast/runtime/asio_loop.h"

namespace exocast {

using LocalStream = boost::asio::local::stream_protocol;

/// Connects to the socket at `path`, or fails, at once: with would_block if its node is too busy to take connections,
/// with connection_refused if that has died.
std::expected<LocalStream::socket, boost::system::error_code> connect_control(AsioLoop& loop, const std::string& path);

/// Whether the user `peer` may tell a node of user `own` what to do: the same one, or root.
constexpr bool may_control(uid_t peer, uid_t own) noexcept { return peer == own || peer == 0; }

/// The user at the other end of a connection, as the system knows it (SO_PEERCRED).
std::expected<uid_t, boost::system::error_code> user_of(LocalStream::socket& socket);

class ControlListener {
 public:
  /// Connections that wait to be taken; more are refused by the system.
  static constexpr int backlog = 64;

  /// Listens at the path of node `id`, mode 0600. The error is one printable line: that node lives already, the folder
  /// or the path cannot be used.
  static std::expected<std::unique_ptr<ControlListener>, std::string> claim(AsioLoop& loop, std::string_view id);
  ControlListener(const ControlListener&) = delete;
  ControlListener& operator=(const ControlListener&) = delete;
  /// Removes the socket, unless somebody has put another in its place.
  ~ControlListener();

  LocalStream::acceptor& acceptor() noexcept { return acceptor_; }
  const std::string& path() const noexcept { return path_; }

 private:
  ControlListener(AsioLoop& loop, std::string path);
  boost::system::error_code listen();

  LocalStream::acceptor acceptor_;
  std::string path_;
  ino_t inode_ = 0;
};

}  // namespace exocast
