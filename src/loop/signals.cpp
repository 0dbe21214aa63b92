// SPDX-License-Identifier: Apache-2.0
#include "exocast/signals.h"

#include <boost/asio/signal_set.hpp>

#include "exocast/as_task.h"

namespace exocast {

struct Signals::Set {
  boost::asio::signal_set signals;
};

Signals::Signals(AsioLoop& loop, std::initializer_list<int> numbers)
    : set_(new Set{boost::asio::signal_set(loop.context())}) {
  for (const int number : numbers) set_->signals.add(number);
}

Signals::~Signals() = default;

task<int> Signals::next() {
  // The wait fails only if it is cancelled, and then the task stops.
  co_return (co_await set_->signals.async_wait(as_task)).value();
}

}  // namespace exocast
