// SPDX-License-Identifier: Apache-2.0
#pragma once
// StopSource and StopCallback: how work is asked to stop.
//
// A StopSource is asked once; everything registered with it is told, in the same call. Unlike std::stop_source it is
// intrusive, allocates nothing and belongs to one thread, so a suspended task registers and leaves in a few stores.
// Lifetime: a source must outlive its callbacks' registration, but what request() tells may destroy it; a destroyed
// callback leaves.

namespace exocast {

class StopSource;

/// Is told when its source is asked to stop. Registered with at most one source.
class StopCallback {
 public:
  StopCallback() = default;
  StopCallback(const StopCallback&) = delete;
  StopCallback& operator=(const StopCallback&) = delete;

  /// Called once, when stop is requested; it has left the source by then and may be destroyed.
  virtual void on_stop() noexcept = 0;

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
  StopCallback** link_ = nullptr;  // what points at this one
};

class StopSource {
 public:
  StopSource() = default;
  StopSource(const StopSource&) = delete;
  StopSource& operator=(const StopSource&) = delete;
  ~StopSource() {
    while (first_ != nullptr) first_->leave();
  }

  bool requested() const noexcept { return requested_; }

  /// Asks all that is registered to stop; a second request does nothing. What registers later must look at
  /// requested() first.
  void request() noexcept {
    requested_ = true;
    StopCallback* to_tell = first_;  // not a member: the source may be gone after any of them
    first_ = nullptr;
    if (to_tell != nullptr) to_tell->link_ = &to_tell;
    while (StopCallback* callback = to_tell) {
      callback->leave();
      callback->on_stop();
    }
  }

  /// Registers `callback`, which is registered nowhere; requested() must be false.
  void add(StopCallback& callback) noexcept {
    callback.next_ = first_;
    callback.link_ = &first_;
    if (first_ != nullptr) first_->link_ = &callback.next_;
    first_ = &callback;
  }

  /// Makes it new, for one that is reused; nothing may be registered.
  void reset() noexcept { requested_ = false; }

 private:
  StopCallback* first_ = nullptr;
  bool requested_ = false;
};

/// Tells a member function of its owner, for one that listens to several sources.
template <class Owner>
class StopTeller final : public StopCallback {
 public:
  StopTeller(Owner& owner, void (Owner::*told)() noexcept) noexcept : owner_(owner), told_(told) {}
  void on_stop() noexcept override { (owner_.*told_)(); }

 private:
  Owner& owner_;
  void (Owner::*told_)() noexcept;
};

}  // namespace exocast
