// SPDX-License-Identifier: Apache-2.0
#pragma once
// Asking: one question under way. Not for users: see Broadcaster::ask().
//
// A question goes to every link of the roster at once, through one gather and beside the lanes: it is short, its order
// does not matter, and an operator who asks how a peer stands is not to wait behind what waits for that peer. So it has
// bounds of its own. Ownership: the gather's callables own an Asking, so it lives as long as its last call; it owns the
// receivers, and with them the links, that it began with. Threading: that of the scheduler. Lifetime: it owns the
// state of its broadcaster that it uses.

#include <cstddef>
#include <memory>
#include <vector>

#include "broadcast/broadcaster_state.h"
#include "lane/delivery.h"
#include "exocast/gather/gather.h"
#include "exocast/answers.h"

namespace exocast::detail {

class Asking final : public Asks::Member, private StopCallback, private Runnable {
 public:
  Asking(std::shared_ptr<BroadcasterState> shared, Question question, AskOptions options);
  Asking(const Asking&) = delete;
  Asking& operator=(const Asking&) = delete;
  ~Asking();

  /// Asks all receivers, as far as the bounds allow, and waits for the answers.
  static task<Answers> of(std::shared_ptr<BroadcasterState> shared, Question question, AskOptions options);

  void close() noexcept override;

 private:
  static task<Gathered<Unit, DeliveryError>> ask_all(const std::shared_ptr<Asking>& asking);

  task<Delivery> ask(std::size_t index);
  void settled(std::size_t index, const DeliveryEnd& end) noexcept;
  void settle(std::size_t index, DeliveryError end) noexcept;
  std::expected<void, DeliveryError> keep(std::size_t index, std::string text);
  Answers answers(bool satisfied);
  Answers refused(const DeliveryError& why);
  void on_stop() noexcept override { stop_.request(); }
  void run() noexcept override { stop_.request(); }
  Duration timeout() const noexcept { return deadline_.left(begun_); }

  /// What is known of a receiver.
  struct Row {
    bool asked = false;
    std::string text;  // the answer, until it is settled
    PeerAnswer answer;
  };

  std::shared_ptr<BroadcasterState> shared_;
  std::shared_ptr<const Receivers> to_;
  Question question_;
  AskOptions options_;
  TimePoint begun_;
  Deadline deadline_;
  StopSource stop_;
  bool closed_ = false;
  std::vector<Row> rows_;  // one for each receiver
};

}  // namespace exocast::detail
