// SPDX-License-Identifier: Apache-2.0
#include "control/control_listener.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <system_error>
#include <thread>
#include <utility>

#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>
#include <fmt/format.h>

#include "base/text.h"
#include "control/control_path.h"

namespace exocast {
namespace {

using boost::system::error_code;

error_code last_error() { return {errno, boost::system::system_category()}; }

/// Locks the folder while a path is claimed. The holder makes only a few system calls.
class FolderLock {
 public:
  explicit FolderLock(const std::string& folder) : fd_(open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    // Limited: the holder may have been stopped.
    for (int tries = 0; tries < 100 && !locked_; ++tries) {
      locked_ = flock(fd_, LOCK_EX | LOCK_NB) == 0;
      if (!locked_) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() { close(fd_); }

  bool locked() const noexcept { return locked_; }

 private:
  int fd_;
  bool locked_ = false;
};

/// A descriptor connected to the socket at `path`, or the error, at once.
std::expected<int, error_code> connect_to(const std::string& path) {
  const int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return std::unexpected(last_error());
  const LocalStream::endpoint at(path);
  if (connect(fd, at.data(), static_cast<socklen_t>(at.size())) == 0) return fd;
  const error_code error = last_error();
  close(fd);
  return std::unexpected(error);
}

/// Whether a node listens at `path`.
bool lives(const std::string& path) {
  const auto connected = connect_to(path);
  if (connected) close(*connected);
  return connected || connected.error() == boost::asio::error::would_block;
}

ino_t inode_of(const std::string& path) {
  struct stat about{};
  return lstat(path.c_str(), &about) == 0 ? about.st_ino : 0;
}

}  // namespace

std::expected<LocalStream::socket, error_code> connect_control(AsioLoop& loop, const std::string& path) {
  // Asio's own connect() is not used: it treats EAGAIN as success.
  const auto fd = connect_to(path);
  if (!fd) return std::unexpected(fd.error());
  return LocalStream::socket(loop.context(), LocalStream(), *fd);
}

std::expected<uid_t, error_code> user_of(LocalStream::socket& socket) {
  ucred peer{};
  socklen_t bytes = sizeof peer;
  if (getsockopt(socket.native_handle(), SOL_SOCKET, SO_PEERCRED, &peer, &bytes) != 0) {
    return std::unexpected(last_error());
  }
  return peer.uid;
}

std::expected<std::unique_ptr<ControlListener>, ControlListener::Fault> ControlListener::claim(std::string_view id) {
  const auto fault = [](std::string text, bool taken = false) {
    return std::unexpected(Fault{.text = std::move(text), .taken = taken});
  };
  auto folder = make_control_folder();
  if (!folder) return fault(std::move(folder.error()));
  auto path = control_path(id);
  if (!path) return fault(std::move(path.error()));
  const FolderLock lock(*folder);
  if (!lock.locked()) {
    return fault(
        fmt::format("{}: another node, which is claiming a socket there, does not come to an end", to_line(*folder)));
  }
  if (lives(*path)) {
    return fault(fmt::format("a node with the id '{}' runs here already, and answers at {}: choose another --id",
                             to_line(id), to_line(*path)),
                 true);
  }
  unlink(path->c_str());
  std::unique_ptr<ControlListener> listener(new ControlListener(*std::move(path)));
  if (const error_code error = listener->listen()) {
    return fault(fmt::format("{}: {}", to_line(listener->path()), error.message()));
  }
  return listener;
}

error_code ControlListener::listen() {
  const LocalStream::endpoint at(path_);
  fd_ = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd_ < 0 || bind(fd_, at.data(), static_cast<socklen_t>(at.size())) != 0) return last_error();
  inode_ = inode_of(path_);
  // No other user can have connected in between: the folder belongs to this user alone.
  if (chmod(path_.c_str(), S_IRUSR | S_IWUSR) != 0 || ::listen(fd_, backlog) != 0) return last_error();
  return {};
}

LocalStream::acceptor ControlListener::acceptor(AsioLoop& loop) {
  return {loop.context(), LocalStream(), std::exchange(fd_, -1)};
}

ControlListener::~ControlListener() {
  if (fd_ >= 0) close(fd_);
  if (inode_ != 0 && inode_of(path_) == inode_) unlink(path_.c_str());
}

}  // namespace exocast
