// SPDX-License-Identifier: Apache-2.0
#pragma once
// StopSource: asks work to stop.
//
//   StopSource stop;
//   scope.spawn(stop_on_signal(stop));                      // calls stop.request()
//   auto line = co_await with_stop(socket.read(), stop);    // `cancelled` once it has
//
// Unlike std::stop_source it allocates nothing and belongs to one thread, so a suspended task registers and leaves in a
// few stores. Threading: one thread, no locks. Lifetime: source and callbacks may be destroyed in any order, the source
// even by a callback that it calls.

#include <cassert>

namespace exocast {

class StopSource;

/// Is called when its StopSource is requested. Registered with at most one source.
class StopCallback {
 public:
  StopCallback() = default;
  StopCallback(const StopCallback&) = delete;
  StopCallback& operator=(const StopCallback&) = delete;

  /// Called once, when stop is requested. It has left the source by then and may be destroyed.
  virtual void on_stop() noexcept = 0;

  /// True while a source has it.
  bool registered() const noexcept { return link_ != nullptr; }

  /// Leaves the source; does nothing when registered with none.
  void leave() noexcept {
    if (link_ == nullptr) return;
    *link_ = next_;
    if (next_ != nullptr) next_->link_ = link_;
    link_ = nullptr;
  }

 protected:
  ~StopCallback() { leave(); }

 private:
  friend class StopSource;
  StopCallback* next_ = nullptr;
  StopCallback** link_ = nullptr;  // the pointer that points at this
};

/// Is requested once, and then calls every callback that is registered with it.
class StopSource {
 public:
  StopSource() = default;
  StopSource(const StopSource&) = delete;
  StopSource& operator=(const StopSource&) = delete;
  ~StopSource() {
    while (first_ != nullptr) first_->leave();
  }

  /// True from the request on.
  bool requested() const noexcept { return requested_; }

  /// Calls all callbacks that are registered, inside this call; a second request does nothing.
  void request() noexcept {
    requested_ = true;
    StopCallback* left = first_;  // not a member: the source may be gone after any of them
    first_ = nullptr;
    if (left != nullptr) left->link_ = &left;
    while (StopCallback* callback = left) {
      callback->leave();
      callback->on_stop();
    }
  }

  /// Registers `callback`, which is registered nowhere. requested() must be false: look at it first.
  void add(StopCallback& callback) noexcept {
    assert(!requested_ && !callback.registered());
    callback.next_ = first_;
    callback.link_ = &first_;
    if (first_ != nullptr) first_->link_ = &callback.next_;
    first_ = &callback;
  }

  /// Makes it new, for reuse. Nothing may be registered.
  void reset() noexcept {
    assert(first_ == nullptr);
    requested_ = false;
  }

 private:
  // Not an IntrusiveList: a source is in every item of a gather, and one pointer is half the memory of two ends.
  StopCallback* first_ = nullptr;
  bool requested_ = false;
};

}  // namespace exocast
