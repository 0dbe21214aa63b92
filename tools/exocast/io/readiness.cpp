// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/io/readiness.h"

#include <poll.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "exocast/as_task.h"

namespace exocast {

struct Readiness::Watch {
  boost::asio::posix::stream_descriptor epoll;
};

Readiness::Readiness(AsioLoop& loop, int fd, To to) : fd_(fd), to_(to) {
  const int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
  if (epoll_fd < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  epoll_event event{};
  event.events = to == To::read ? EPOLLIN : EPOLLOUT;
  if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {  // a regular file (EPERM) or closed (EBADF)
    close(epoll_fd);
    return;
  }
  watch_.reset(new Watch{boost::asio::posix::stream_descriptor(loop.context(), epoll_fd)});
}

Readiness::~Readiness() = default;

task<void> Readiness::wait() {
  while (watch_ != nullptr && !ready()) {
    co_await watch_->epoll.async_wait(boost::asio::posix::stream_descriptor::wait_read, as_task);
  }
}

bool Readiness::ready() const noexcept {
  pollfd asked{.fd = fd_, .events = static_cast<short>(to_ == To::read ? POLLIN : POLLOUT), .revents = 0};
  return poll(&asked, 1, 0) != 0;
}

}  // namespace exocast
