// SPDX-License-Identifier: Apache-2.0
#include "testing/link/sim_link.h"

#include <algorithm>
#include <utility>

#include "exocast/gather/detail/suspension.h"

namespace exocast {
namespace {

std::unexpected<Status> failure(StatusCode code, std::string_view text) {
  return std::unexpected(Status{.code = code, .text = std::string(text)});
}

/// A second answer that contradicts the first.
std::expected<std::string, Status> opposite(const std::expected<std::string, Status>& answer) {
  if (answer) return failure(StatusCode::internal, "second answer");
  return {};
}

}  // namespace

/// The network's side of one message: it arrives, is answered, perhaps answered twice.
class SimLink::Exchange final : private Timer {
 public:
  Exchange(SimLink& link, Call& call, Sent sent, SimTreatment treatment)
      : link_(link), call_(&call), sent_(std::move(sent)), treatment_(std::move(treatment)) {}

  void send(TimePoint connected_at, std::list<Exchange>::iterator self) noexcept {
    self_ = self;
    link_.scheduler_.wake_at(*this, connected_at + treatment_.there);
  }

  const SimTreatment& treatment() const noexcept { return treatment_; }

  /// The sender has stopped waiting.
  void forget_call() noexcept { call_ = nullptr; }
  Call* call() const noexcept { return call_; }

 private:
  enum class Next : unsigned char { arrival, answer, second_answer };

  void fired() noexcept override {
    switch (next_) {
      case Next::arrival:
        return arrive();
      case Next::answer:
        return give_answer();
      case Next::second_answer:
        answer_ = opposite(answer_);
        return give_answer();
    }
  }

  void arrive() noexcept {
    switch (treatment_.fate) {
      case SimFate::arrives:
        answer_ = link_.arrived(sent_);
        break;
      case SimFate::refused:
        answer_ = std::unexpected(treatment_.refusal);
        break;
      case SimFate::unanswered:
        static_cast<void>(link_.arrived(sent_));
        return end();
      case SimFate::dropped:
        return end();
      case SimFate::breaks:
        return link_.break_connection();
    }
    wake_in(treatment_.back, Next::answer);
  }

  inline void give_answer() noexcept;

  void wake_in(Duration delay, Next next) noexcept {
    next_ = next;
    link_.scheduler_.wake_at(*this, link_.scheduler_.now() + delay);
  }

  inline void end() noexcept;

  SimLink& link_;
  Call* call_;  // null once the sender has stopped waiting
  Sent sent_;
  SimTreatment treatment_;
  Next next_ = Next::arrival;
  Answer answer_;
  std::list<Exchange>::iterator self_;
};

/// The sender's side: waits for the answer, the deadline, or a stop.
class SimLink::Call final : public Suspension, private Timer, private Runnable {
 public:
  Call(SimLink& link, Sent sent, Deadline deadline) noexcept
      : link_(link), sent_(std::move(sent)), deadline_(deadline) {}
  ~Call() { leave_exchange(); }

  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> handle) {
    if (!suspend(handle)) return stop();
    waiting_ = true;
    link_.metrics_.waiting_peak = std::max(link_.metrics_.waiting_peak, ++link_.metrics_.waiting);
    SimTreatment treatment = link_.plan_();
    deaf_ = treatment.deaf;
    const Deadline gives_up = deadline_.is_never() ? deadline_ : Deadline::after(deadline_.time(), deaf_);
    exchange_ = &link_.exchanges_.emplace_back(link_, *this, std::move(sent_), std::move(treatment));
    exchange_->send(link_.connected_at(), std::prev(link_.exchanges_.end()));
    if (!gives_up.is_never()) link_.scheduler_.wake_at(*this, gives_up.time());
    return std::noop_coroutine();
  }
  Answer await_resume() { return std::move(answer_); }

  /// The answer has come.
  void complete(Answer answer) noexcept {
    leave_exchange();
    disarm();
    unqueue();
    answer_ = std::move(answer);
    resume();
  }

  /// The message is lost; no answer follows.
  void lose_exchange() noexcept { exchange_ = nullptr; }

 private:
  void on_stop() noexcept override {
    if (deaf_ == Duration::zero()) return stop().resume();
    stopping_ = true;
    link_.scheduler_.wake_at(*this, link_.scheduler_.now() + deaf_);
  }

  /// At the deadline. Runs after other events of the same turn, so that an answer in that turn still counts.
  void fired() noexcept override { link_.scheduler_.post(*this); }
  void run() noexcept override {
    if (stopping_) return stop().resume();
    complete(failure(StatusCode::deadline_exceeded, "no answer by the deadline"));
  }

  void leave_exchange() noexcept {
    if (exchange_ != nullptr) std::exchange(exchange_, nullptr)->forget_call();
    if (std::exchange(waiting_, false)) --link_.metrics_.waiting;
  }

  SimLink& link_;
  Sent sent_;
  Deadline deadline_;
  Duration deaf_ = Duration::zero();
  bool waiting_ = false;
  bool stopping_ = false;
  Exchange* exchange_ = nullptr;  // null once it is lost
  Answer answer_;
};

void SimLink::Exchange::give_answer() noexcept {
  const bool last = next_ == Next::second_answer || treatment_.second_answer == Duration::max();
  Call* call = std::exchange(call_, nullptr);
  if (call == nullptr) ++link_.metrics_.ignored_answers;
  if (!last) wake_in(treatment_.second_answer, Next::second_answer);
  Answer answer = answer_;
  if (last) end();
  if (call != nullptr) {
    call->lose_exchange();
    call->complete(std::move(answer));
  }
}

void SimLink::Exchange::end() noexcept {
  if (call_ != nullptr) call_->lose_exchange();
  link_.exchanges_.erase(self_);
}

SimLink::SimLink(Scheduler& scheduler, SimPeer& peer, SimPlan plan, const SimLinkOptions& options)
    : scheduler_(scheduler), peer_(peer), plan_(std::move(plan)), options_(options) {}

SimLink::~SimLink() = default;

task<std::expected<void, Status>> SimLink::deliver(Message message, Deadline deadline) {
  ++metrics_.sent;
  if (message.bytes() > options_.message_bytes_max)
    co_return failure(StatusCode::resource_exhausted, "the message is too large");
  auto answer = co_await Call(*this, std::move(message), deadline);
  if (!answer) co_return std::unexpected(std::move(answer.error()));
  co_return {};
}

task<std::expected<std::string, Status>> SimLink::ask(Question question, Deadline deadline) {
  co_return co_await Call(*this, std::move(question), deadline);
}

SimLink::Answer SimLink::arrived(const Sent& sent) {
  if (const auto* question = std::get_if<Question>(&sent)) return peer_.asked(*question);
  auto accepted = peer_.receive(std::get<Message>(sent));
  if (!accepted) return std::unexpected(std::move(accepted.error()));
  return {};
}

/// The time of the connection; connects if there is none.
TimePoint SimLink::connected_at() {
  if (!std::exchange(connected_, true)) connected_at_ = scheduler_.now() + options_.connect;
  return std::max(connected_at_, scheduler_.now());
}

void SimLink::break_connection() {
  ++metrics_.breaks;
  connected_ = false;
  std::list<Exchange> broken = std::move(exchanges_);
  exchanges_.clear();
  for (Exchange& exchange : broken) {
    if (Call* call = exchange.call(); call != nullptr)
      call->complete(failure(StatusCode::unavailable, "the connection broke"));
  }
}

}  // namespace exocast
