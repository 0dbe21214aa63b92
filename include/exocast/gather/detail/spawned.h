// SPDX-License-Identifier: Apache-2.0
#pragma once
// The machinery of Scope: spawned tasks, members, draining. One thread.

#include <exception>
#include <utility>

#include "exocast/gather/detail/settle.h"
#include "exocast/gather/scope.h"

namespace exocast {

inline Scope::~Scope() {
  request_stop();
  while (Member* youngest = members_.front()) youngest->abandon();
}

inline void Scope::adopt(Member& member, std::size_t live) noexcept {
  assert(live > 0);
  idle_.reset();
  members_.insert(member, members_.front());
  member.live_ = live;
  live_ += live;
}

inline void Scope::ended(Member& member, std::size_t left) noexcept {
  assert(left <= member.live_);
  live_ -= member.live_ - left;
  member.live_ = left;
  if (left == 0) member.unlink();
  if (live_ == 0) idle_.set();
}

inline void Scope::release(Member& member) noexcept { ended(member, 0); }

/// One spawned task; it owns itself until it ends.
template <class T, class OnEnd>
class Scope::Spawned final : public Member, private Continuation {
 public:
  Spawned(Scope& scope, task<T> work, OnEnd on_end)
      : scope_(scope),
        context_{.scheduler = scope.scheduler_, .stop = &scope.stop_, .scope = &scope},
        work_(std::move(work)),
        on_end_(std::move(on_end)) {}

  void start() noexcept {
    scope_.adopt(*this, 1);
    work_.prepare(context_, *this).resume();
  }

  void abandon() noexcept override {
    scope_.release(*this);
    delete this;
  }

 private:
  std::coroutine_handle<> completed() noexcept override {
    OutcomeOf<T> outcome;
    detail::settle(outcome, work_);
    return end(std::move(outcome));
  }
  std::coroutine_handle<> stopped() noexcept override { return end(OutcomeOf<T>(Reason::cancelled)); }

  std::coroutine_handle<> end(OutcomeOf<T>&& outcome) noexcept {
    OnEnd on_end = std::move(on_end_);
    abandon();
    on_end(std::move(outcome));
    return std::noop_coroutine();
  }

  Scope& scope_;
  Context context_;
  task<T> work_;
  OnEnd on_end_;
};

template <class T, class OnEnd>
void Scope::spawn(task<T> work, OnEnd on_end) {
  assert(work && "exocast: a skipped task cannot be spawned");
  (new Spawned<T, OnEnd>(*this, std::move(work), std::move(on_end)))->start();
}

inline void Scope::spawn(task<void> work) {
  spawn(std::move(work), [](const Outcome<Unit>& outcome) noexcept {
    if (outcome.exception()) std::terminate();
  });
}

inline task<std::size_t> Scope::drain(Deadline deadline) {
  request_stop();
  while (live_ > 0) {  // again if something that ended has spawned more
    co_await idle_.wait(deadline);
    if (deadline.passed(scheduler_->now())) break;
  }
  co_return live_;
}

}  // namespace exocast
