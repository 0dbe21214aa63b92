// SPDX-License-Identifier: Apache-2.0
#pragma once
// StopHandler: a StopCallback that calls a member function of its owner, for an owner with several sources.
// One thread; lives in its owner.

#include "exocast/gather/stop.h"

namespace exocast::detail {

template <class Owner>
class StopHandler final : public StopCallback {
 public:
  StopHandler(Owner& owner, void (Owner::*handle)() noexcept) noexcept : owner_(owner), handle_(handle) {}
  void on_stop() noexcept override { (owner_.*handle_)(); }

 private:
  Owner& owner_;
  void (Owner::*handle_)() noexcept;
};

}  // namespace exocast::detail
