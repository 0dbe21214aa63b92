// SPDX-License-Identifier: Apache-2.0
#pragma once
// gather, join, race, quorum: start many tasks at once, within bounds, and give one outcome for each of them.
// with_deadline, with_stop: the same for one task.
//
//   Gathered<Ack> all = co_await gather(peers, [&](Peer& peer) { return send(peer, message); },
//                                       {.limit = 64, .deadline = Deadline::after(now, 15s)});
//   for (const Outcome<Ack>& outcome : all.outcomes) …
//
// The four differ only in when they stop early. All four keep the bounds of GatherOptions and end in one of three ways:
// by their policy, by the deadline at the latest, or stopped together with the awaiting task. Cancelled children are
// waited for until the deadline; a child that ignores its stop belongs to the scope of the awaiting task from then on.
//
// Parameters of all four:
//   items       any range. An lvalue is referred to, an rvalue is moved in. Items are pulled as places become free.
//   each        is called with an item; returns a task<T>, a task<std::expected<T, E>> if it can fail, or `skip`.
//   options     the bounds; the default is 64 items at once without a deadline.
//   on_outcome  optional; on_outcome(index, outcome) is called once for each item, as soon as its outcome is final. It
//               must not throw.
// The result is a task<Gathered<T, E>>. It throws std::bad_alloc, or what the range itself throws; an exception of
// `each` or of its task is the outcome of that item.
//
// Threading: one thread, that of the awaiting task's scheduler; no locks. No heap allocation per item in the steady
// state. Lifetime: `items` and `each` live as long as the last child. Objects that a child refers to must outlive the
// scope if the child can ignore its stop.

#include <array>
#include <cstddef>
#include <ranges>
#include <vector>

#include "exocast/gather/options.h"
#include "exocast/gather/outcome.h"
#include "exocast/gather/task.h"
#include "exocast/gather/wait.h"

namespace exocast {

/// The result of a gather.
template <class T, class E = std::exception_ptr>
struct Gathered {
  /// One for each item, in the order of the items. For a range of unknown size: one for each item that was pulled.
  std::vector<Outcome<T, E>> outcomes;
  /// The number of outcomes with each reason, by Reason.
  std::array<std::size_t, reason_count> counts{};
  /// Why it ended: `ok` when every item was settled, else timed_out, enough_succeeded, too_many_failed or cancelled.
  Reason ended = Reason::ok;
  /// True if the policy has what it asks for: gather and join, all but the tolerated failures; race, one success;
  /// quorum(k), k successes.
  bool satisfied = false;

  /// The number of outcomes with `reason`.
  std::size_t count(Reason reason) const noexcept { return counts[static_cast<std::size_t>(reason)]; }
};

namespace detail {
/// The default on_outcome, which does nothing.
struct NoCallback {
  void operator()(std::size_t /*index*/, const auto& /*outcome*/) const noexcept {}
};
}  // namespace detail

/// Settles every item: the failure of one never cancels another.
///
///     auto all = co_await gather(peers, ping, {.deadline = deadline});
///     print("{} of {}", all.count(Reason::ok), all.outcomes.size());
template <std::ranges::input_range Items, class Each, class OnOutcome = detail::NoCallback>
auto gather(Items&& items, Each each, GatherOptions options = {}, OnOutcome on_outcome = {});

/// Needs all: once more than `options.tolerated` items have failed, the rest is cancelled.
///
///     auto all = co_await join(replicas, write, {.deadline = deadline});
///     if (!all.satisfied) undo();
template <std::ranges::input_range Items, class Each, class OnOutcome = detail::NoCallback>
auto join(Items&& items, Each each, GatherOptions options = {}, OnOutcome on_outcome = {});

/// Needs one: the first success cancels the rest. Failures are waited out as long as another item may succeed.
///
///     auto all = co_await race(mirrors, fetch);
///     auto first = std::ranges::find_if(all.outcomes, &Outcome<Page>::ok);
template <std::ranges::input_range Items, class Each, class OnOutcome = detail::NoCallback>
auto race(Items&& items, Each each, GatherOptions options = {}, OnOutcome on_outcome = {});

/// Needs `enough` successes: cancels the rest once it has them, and also once they are out of reach. A quorum of 0, and
/// one larger than the range, start nothing.
///
///     auto votes = co_await quorum(nodes.size() / 2 + 1, nodes, ask_for_vote, {.deadline = deadline});
///     if (votes.satisfied) lead();
template <std::ranges::input_range Items, class Each, class OnOutcome = detail::NoCallback>
auto quorum(std::size_t enough, Items&& items, Each each, GatherOptions options = {}, OnOutcome on_outcome = {});

/// Awaits one task, but not beyond `deadline`. Its outcome: its value, its error, or `timed_out`. A task that is ready
/// at the same tick as the deadline is in time. A deadline that has passed already starts nothing. A task that ignores
/// its stop belongs to the scope of the awaiting task from the deadline on. With `stop`, the bound of with_stop() holds
/// too.
///
///     auto line = co_await with_deadline(socket.read(), Deadline::after(now, 2s));
///     if (line.reason() == Reason::timed_out) close();
template <class T>
task<OutcomeOf<T>> with_deadline(task<T> work, Deadline deadline, StopSource* stop = nullptr);

/// Awaits one task until `stop` is requested: then the task is asked to stop, and waited for. Its outcome: its value,
/// its error, or `cancelled` if it has stopped. A source that is requested already starts nothing.
///
///     while (auto line = co_await with_stop(input.next(), interrupted)) handle(*line);
///     // interrupted, or failed: the awaiting task goes on
template <class T>
task<OutcomeOf<T>> with_stop(task<T> work, StopSource& stop);

}  // namespace exocast

#include "exocast/gather/detail/gather_state.h"  // IWYU pragma: export
