// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/demo/one_by_one.h"

#include <utility>

#include "exocast/gather/gather.h"
#include "exocast/ids.h"
#include "lane/delivery.h"

namespace exocast {
namespace {

/// Owns what it uses: a link that ignores its deadline may outlive the broadcast.
task<Delivery> deliver_to(Destination to, Message message, Duration timeout) {
  if (auto fine = deliverable(to, message.bytes()); !fine) co_return std::unexpected(std::move(fine.error()));
  const Scheduler& scheduler = *(co_await this_context()).scheduler;
  const Deadline deadline = Deadline::after(scheduler.now(), timeout);
  auto answer = co_await to.link->deliver(std::move(message), deadline);
  if (answer) co_return Delivery();
  co_return std::unexpected(to_delivery_error(std::move(answer.error()), deadline, scheduler.now(), timeout));
}

}  // namespace

task<Report> broadcast_one_by_one(Roster roster, Message message, OneByOneOptions options) {
  const Scheduler& scheduler = *(co_await this_context()).scheduler;
  const TimePoint begun = scheduler.now();
  Report report{.roster_epoch = roster.epoch(), .policy = "one by one", .satisfied = true};
  report.broadcast_id = BroadcastIds().next();
  report.message_kind = message.kind();
  report.message_bytes = message.bytes();
  for (std::size_t index = 0; index < roster.size(); ++index) {
    const Destination& to = roster[index];
    // Enforces the deadline even if the link does not.
    const auto outcome = co_await with_deadline(deliver_to(to, message, options.per_peer),
                                                Deadline::after(scheduler.now(), options.per_peer));
    DeliveryError end = describe(outcome, Stage::sent, options.per_peer);
    const Duration elapsed = scheduler.now() - begun;
    if (options.on_outcome) options.on_outcome({index, to, end.outcome, elapsed, end.error});
    report.satisfied = report.satisfied && outcome.ok();
    report.outcomes.push_back(to_row(to, std::move(end), elapsed));
  }
  report.elapsed_ms = to_ms(scheduler.now() - begun);
  co_return report;
}

}  // namespace exocast
