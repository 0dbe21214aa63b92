// SPDX-License-Identifier: Apache-2.0
#include "loop/poller.h"

#include <unistd.h>

#include <cassert>
#include <cerrno>

#include <boost/asio/posix/stream_descriptor.hpp>

#include "exocast/as_task.h"

namespace exocast {

namespace asio = boost::asio;

namespace {

int make_set() {
  const int set = epoll_create1(EPOLL_CLOEXEC);
  if (set < 0) throw std::system_error(errno, std::generic_category(), "epoll_create1");
  return set;
}

}  // namespace

struct Poller::Set {
  Set(AsioLoop& loop, Poller& poller)
      : descriptor(loop.context(), make_set()), poller(std::make_shared<Poller*>(&poller)) {}
  Set(const Set&) = delete;
  Set& operator=(const Set&) = delete;
  ~Set() { *poller = nullptr; }

  int number() { return descriptor.native_handle(); }

  asio::posix::stream_descriptor descriptor;
  std::shared_ptr<Poller*> poller;  // shared with the pending handler, which may outlive the Poller
};

/// The handler of Asio's wait for the set.
struct Poller::SetIsReady {
  using allocator_type = detail::FrameAllocator<void>;
  allocator_type get_allocator() const noexcept { return {}; }

  void operator()(const boost::system::error_code& /*closed*/) const {
    const AsioLoop::Entry inside = loop.enter();
    if (*poller != nullptr) (*poller)->tell();
  }

  AsioLoop& loop;
  std::shared_ptr<Poller*> poller;
};

Poller::Poller(AsioLoop& loop) : loop_(loop), set_(std::make_unique<Set>(loop, *this)) { Poller::run(); }

Poller::~Poller() { assert(watched_ == 0); }

/// Each Asio wait checks again whether the set is ready, so no event is lost between tell() and this.
void Poller::run() noexcept {
  set_->descriptor.async_wait(asio::posix::stream_descriptor::wait_read, SetIsReady{loop_, set_->poller});
}

void Poller::tell() noexcept {
  const int count = epoll_wait(set_->number(), events_.data(), static_cast<int>(events_max), 0);
  count_ = count > 0 ? static_cast<std::size_t>(count) : 0;
  for (next_ = 0; next_ < count_;) {
    const epoll_event& event = events_[next_++];
    if (event.data.ptr == nullptr) continue;
    const bool broken = (event.events & (EPOLLERR | EPOLLHUP)) != 0;
    const bool hung_up = broken || (event.events & EPOLLRDHUP) != 0;
    static_cast<Watch*>(event.data.ptr)
        ->ready({.readable = hung_up || (event.events & EPOLLIN) != 0,
                 .writable = broken || (event.events & EPOLLOUT) != 0,
                 .hung_up = hung_up});
  }
  loop_.post(*this);  // not at once: posted work and timers come first
}

/// Removes the watch from the current batch of events, too.
void Poller::forget(const Watch& watch) noexcept {
  --watched_;
  for (std::size_t i = next_; i < count_; ++i) {
    if (events_[i].data.ptr == &watch) events_[i].data.ptr = nullptr;
  }
}

std::error_code Poller::Watch::begin() noexcept {
  assert(!watched_);
  epoll_event event{.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data = {.ptr = this}};
  if (epoll_ctl(poller_.set_->number(), EPOLL_CTL_ADD, descriptor_, &event) != 0) {
    return {errno, std::generic_category()};
  }
  watched_ = true;
  ++poller_.watched_;
  return {};
}

Poller::Watch::~Watch() {
  if (watched_) {
    poller_.forget(*this);
    epoll_ctl(poller_.set_->number(), EPOLL_CTL_DEL, descriptor_, nullptr);
  }
  close(descriptor_);
}

}  // namespace exocast
