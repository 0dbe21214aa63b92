// SPDX-License-Identifier: Apache-2.0
#include "link/negotiated/negotiated_link.h"

#include <algorithm>
#include <functional>
#include <utility>

namespace exocast {
namespace {

/// What every link accepts, whichever will be chosen.
constexpr std::size_t small_batch_messages = 64;
constexpr std::size_t small_batch_bytes = std::size_t{64} << 10;

BatchEnd not_sent(Status error) { return {.broken = std::move(error), .resendable = true}; }

bool travels_as_one(MessageBatch batch) {
  const auto apart = std::ranges::adjacent_find(batch, [](const auto* a, const auto* b) { return !a->mergeable(*b); });
  return apart == batch.end();
}

}  // namespace

/// Gives out a stream that was dialed before, then dials.
class NegotiatedLink::FirstStreamDialer final : public Dialer {
 public:
  FirstStreamDialer(std::unique_ptr<Dialer> dialer, std::unique_ptr<ByteStream> first)
      : dialer_(std::move(dialer)), first_(std::move(first)) {}

  task<std::expected<std::unique_ptr<ByteStream>, Status>> dial(Deadline deadline) override {
    if (first_ != nullptr) co_return std::move(first_);
    co_return co_await dialer_->dial(deadline);
  }

 private:
  std::unique_ptr<Dialer> dialer_;
  std::unique_ptr<ByteStream> first_;
};

/// Counts a delivery that has no order relative to the native link's: it waits for the choice, or uses exo's protocol.
class NegotiatedLink::Unordered {
 public:
  explicit Unordered(NegotiatedLink& link) noexcept : link_(&link) { ++link_->unordered_; }
  Unordered(const Unordered&) = delete;
  Unordered& operator=(const Unordered&) = delete;
  ~Unordered() { end(); }

  void end() noexcept {
    if (link_ != nullptr) --std::exchange(link_, nullptr)->unordered_;
  }

 private:
  NegotiatedLink* link_;
};

NegotiatedLink::NegotiatedLink(Scheduler& scheduler, std::shared_ptr<ExoLink> exo, NativeParts native,
                               NegotiatedLinkOptions options)
    : scheduler_(scheduler), exo_(std::move(exo)), parts_(std::move(native)), options_(options), scope_(scheduler) {}

std::string_view NegotiatedLink::kind() const noexcept {
  return choice_ == Choice::native ? native_->kind() : exo_->kind();
}

std::size_t NegotiatedLink::message_bytes_max() const noexcept {
  return choice_ == Choice::native ? native_->message_bytes_max() : exo_->message_bytes_max();
}

LinkTraits NegotiatedLink::traits() const noexcept {
  if (choice_ == Choice::exo) return exo_->traits();
  if (choice_ == Choice::native && unordered_ == 0) return native_->traits();
  LinkTraits traits = exo_->traits();
  traits.without_gaps = false;  // not known yet
  traits.batch_messages_max = std::min(traits.batch_messages_max, small_batch_messages);
  traits.batch_bytes_max = std::min(traits.batch_bytes_max, small_batch_bytes);
  return traits;
}

task<std::expected<void, Status>> NegotiatedLink::deliver(Message message, Deadline deadline) {
  Unordered unordered(*this);
  const auto choice = co_await choose(deadline);
  if (!choice) co_return std::unexpected(choice.error());
  if (*choice == Choice::native) {
    const Message* const first = &message;
    BatchEnd end = co_await deliver_by_native({&first, 1}, {.deadline = deadline});
    if (!end.refused.empty()) co_return std::unexpected(std::move(end.refused.front().error));
    if (!end.broken) co_return {};
    const bool go_on = end.resendable && choice_ == Choice::exo && !deadline.passed(scheduler_.now());
    if (!go_on) co_return std::unexpected(*std::move(end.broken));
  }
  auto answer = co_await exo_->deliver(std::move(message), deadline);
  learn_of_exo(answer ? std::nullopt : std::optional(answer.error()));
  co_return answer;
}

task<BatchEnd> NegotiatedLink::deliver_all(MessageBatch batch, BatchOptions options) {
  Unordered unordered(*this);
  const auto choice = co_await choose(options.deadline);
  if (!choice) co_return not_sent(choice.error());
  if (*choice == Choice::native) {
    unordered.end();
    co_return co_await deliver_by_native(batch, options);
  }
  if (!travels_as_one(batch)) {
    co_return not_sent({.code = StatusCode::unavailable, .text = "the peer is now spoken to over exo's protocol"});
  }
  BatchEnd end = co_await exo_->deliver_all(batch, options);
  learn_of_exo(end.broken);
  co_return end;
}

void NegotiatedLink::disconnect() noexcept {
  if (native_ != nullptr) native_->disconnect();
  exo_->disconnect();
}

task<std::expected<void, Status>> NegotiatedLink::connect(Deadline deadline) {
  const auto choice = co_await choose(deadline);
  if (!choice) co_return std::unexpected(choice.error());
  co_return {};
}

task<BatchEnd> NegotiatedLink::deliver_by_native(MessageBatch batch, BatchOptions options) {
  const std::shared_ptr<Link> native = native_;  // native_ may change meanwhile
  BatchEnd end = co_await native->deliver_all(batch, options);
  if (native != native_ || choice_ != Choice::native) co_return end;
  if (end.answered > 0) native_proved_ = true;
  if (!end.broken || end.broken->code != StatusCode::unavailable) co_return end;
  if (native_proved_) {
    choice_ = Choice::none;
  } else {
    use_exo_for_a_while();
  }
  co_return end;
}

void NegotiatedLink::learn_of_exo(const std::optional<Status>& error) noexcept {
  if (choice_ == Choice::exo && error && error->code == StatusCode::unavailable) choice_ = Choice::none;
}

/// Waits for the pending question, or asks one. So all deliveries that begin meanwhile share it, and the deadline of
/// one does not end it for the others.
task<std::expected<NegotiatedLink::Choice, Status>> NegotiatedLink::choose(Deadline deadline) {
  if (choice_ == Choice::exo && scheduler_.now() >= exo_until_) choice_ = Choice::none;
  while (choice_ == Choice::none) {
    if (!asking_) {
      asking_ = true;
      answered_.reset();
      scope_.spawn(ask(deadline));
    }
    co_await answered_.wait(deadline);
    if (choice_ != Choice::none) break;
    if (deadline.passed(scheduler_.now())) {
      co_return std::unexpected(Status{.code = StatusCode::deadline_exceeded, .text = "no answer by the deadline"});
    }
    if (refusal_ && refusal_->code != StatusCode::deadline_exceeded) co_return std::unexpected(*refusal_);
  }
  co_return choice_;
}

task<void> NegotiatedLink::ask(Deadline deadline) {
  ++metrics_.asked_total;
  const auto health = co_await exo_->health(deadline);
  refusal_ = health ? std::nullopt : std::optional(health.error());
  if (!health) {
    ++metrics_.unanswered_total;
  } else if (!health->native_port) {
    exo_until_ = TimePoint::max();
    chose(Choice::exo);
  } else if (co_await reach(*health->native_port, deadline)) {
    chose(Choice::native);
  } else {
    use_exo_for_a_while();
  }
  asking_ = false;
  answered_.set();
}

/// The native link for `port`. An existing one connects by itself when it is used.
task<bool> NegotiatedLink::reach(std::uint16_t port, Deadline deadline) {
  native_proved_ = false;
  if (native_ != nullptr && native_port_ == port) co_return true;
  const Deadline until = std::min(deadline, Deadline::after(scheduler_.now(), options_.native_timeout));
  auto dialer = parts_.dialer(port);
  auto stream = co_await dialer->dial(until);
  if (!stream) co_return false;
  native_ = parts_.link(std::make_unique<FirstStreamDialer>(std::move(dialer), *std::move(stream)));
  native_port_ = port;
  co_return true;
}

void NegotiatedLink::chose(Choice choice) noexcept {
  choice_ = choice;
  ++(choice == Choice::native ? metrics_.native_chosen_total : metrics_.exo_chosen_total);
}

void NegotiatedLink::use_exo_for_a_while() noexcept {
  exo_until_ = Deadline::after(scheduler_.now(), options_.native_retry_interval).time();
  ++metrics_.native_unreachable_total;
  chose(Choice::exo);
}

}  // namespace exocast
