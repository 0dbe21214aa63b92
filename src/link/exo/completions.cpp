// SPDX-License-Identifier: Apache-2.0
#include "link/exo/completions.h"

#include <array>
#include <cassert>

namespace exocast {

Completions::Completions(AsioLoop& loop, std::unique_ptr<grpc::CompletionQueue> queue)
    : loop_(loop), queue_(std::move(queue)), thread_([this] { run(); }) {}

Completions::~Completions() {
  assert(!loop_.inside());  // the thread could not enter the loop
  queue_->Shutdown();
  thread_.join();
}

void Completions::run() noexcept {
  struct Event {
    Completion* completion() const noexcept { return static_cast<Completion*>(tag); }
    void* tag = nullptr;
    bool ok = false;
  };
  std::array<Event, batch_max> events;
  const gpr_timespec at_once = gpr_time_0(GPR_CLOCK_MONOTONIC);
  while (queue_->Next(&events[0].tag, &events[0].ok)) {
    std::size_t count = 0;
    bool large = false;
    do {
      assert(events[count].completion()->is_out());
      large = events[count].completion()->prepare(events[count].ok);
      ++count;
    } while (!large && count < batch_max &&
             queue_->AsyncNext(&events[count].tag, &events[count].ok, at_once) == grpc::CompletionQueue::GOT_EVENT);
    const AsioLoop::Entry inside = loop_.enter();
    for (std::size_t i = 0; i < count; ++i) events[i].completion()->completed(events[i].ok);
  }
}

}  // namespace exocast
