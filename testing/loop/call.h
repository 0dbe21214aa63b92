// SPDX-License-Identifier: Apache-2.0
#pragma once
// Call: a runnable that calls a function.

#include <functional>
#include <utility>

#include "exocast/gather/scheduler.h"

namespace exocast {

class Call final : public Runnable {
 public:
  explicit Call(std::function<void()> call) : call_(std::move(call)) {}
  void run() noexcept override { call_(); }

 private:
  std::function<void()> call_;
};

}  // namespace exocast
