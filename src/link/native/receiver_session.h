// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReceiverSession: a receiver's memory of one sender's session, and the message that the handler has. Internal to this
// folder.
//
// It outlives connections. A handler that answers inside its call costs no timer, and no task if it accepts at once.
// One thread. Lifetime: the receiver owns it.

#include <cstdint>
#include <deque>
#include <list>
#include <optional>
#include <vector>

#include "exocast/gather/task.h"
#include "link/native/frames.h"
#include "link/native/native_receiver.h"

namespace exocast::native {

class ReceiverSession final : private Continuation, private Runnable, private Timer {
 public:
  ReceiverSession(NativeReceiver& receiver, std::uint64_t id, std::uint64_t incarnation);
  ~ReceiverSession();

  /// Gives the next message to the handler; call it only when not busy(). If the handler ends later, that resumes the
  /// connection.
  void handle(Message message);

  /// Answers the next message without the handler.
  void refuse(Status error);

  /// The handler has a message and has not answered it.
  bool busy() const noexcept { return static_cast<bool>(task_); }

  /// Messages up to this number are answered.
  std::uint64_t handled() const noexcept { return handled_; }

  /// The sender has the answers up to this number: their refusals may be forgotten.
  void settle(std::uint64_t settled) noexcept;
  std::uint64_t settled() const noexcept { return settled_; }

  /// The refusals above `number`, in order.
  std::vector<RefusedNumber> refused_above(std::uint64_t number) const;
  bool has_refused_above(std::uint64_t number) const noexcept {
    return !refused_.empty() && refused_.back().number > number;
  }

  std::uint64_t id() const noexcept { return id_; }

  /// A changed incarnation tells the sender that the session was forgotten, by a restart or for lack of room.
  std::uint64_t incarnation() const noexcept { return incarnation_; }

  ReceiverConnection* connection = nullptr;
  std::list<ReceiverSession*>::iterator unconnected;  // valid while there is no connection

 private:
  std::coroutine_handle<> completed() noexcept override;
  std::coroutine_handle<> stopped() noexcept override;
  std::coroutine_handle<> ended(std::optional<Status> refusal) noexcept;
  void fired() noexcept override;
  void run() noexcept override;
  void count() noexcept;

  NativeReceiver& receiver_;
  const std::uint64_t id_;
  const std::uint64_t incarnation_;
  std::uint64_t handled_ = 0;
  std::uint64_t settled_ = 0;
  std::deque<RefusedNumber> refused_;  // those above settled_
  StopSource stop_;
  Context context_;
  bool starting_ = false;
  task<std::expected<void, Status>> task_ = skip;
};

}  // namespace exocast::native
