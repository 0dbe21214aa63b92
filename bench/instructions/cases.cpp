// SPDX-License-Identifier: Apache-2.0
#include "bench/instructions/cases.h"

#include <algorithm>
#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "bench/instructions/canned_peer.h"
#include "bench/load/token_message.h"
#include "exocast/broadcaster.h"
#include "exocast/gather/run_loop.h"
#include "exocast/gather/wait.h"
#include "exocast/inbox.h"
#include "link/native/frames.h"
#include "link/native/native_link.h"
#include "link/native/native_receiver.h"

namespace exocast::bench {
namespace {

constexpr std::size_t stream_receivers = 8;
constexpr std::size_t fanout_receivers = 64;
constexpr std::size_t burst = 64;

std::vector<Message> token_messages(std::uint64_t first, std::size_t count) {
  std::vector<Message> messages;
  messages.reserve(count);
  for (std::size_t i = 0; i < count; ++i) messages.push_back(token_message(first + i));
  return messages;
}

Roster canned_roster(Scheduler& scheduler, std::size_t receivers) {
  std::vector<Destination> destinations;
  destinations.reserve(receivers);
  for (std::size_t i = 0; i < receivers; ++i) {
    destinations.push_back({.id = fmt::format("r{}", i),
                            .address = fmt::format("canned:{}", i),
                            .link = std::make_shared<NativeLink>(scheduler, std::make_unique<CannedDialer>(scheduler)),
                            .no_link_reason = {}});
  }
  return Roster::make(std::move(destinations)).value();
}

/// The sending side, with canned receivers.
class SenderCase : public Case {
 public:
  explicit SenderCase(std::size_t receivers)
      : broadcaster_(loop_, canned_roster(loop_, receivers)), receivers_(receivers) {}

  void prepare(std::size_t messages) override {
    messages_ = token_messages(published_, messages);
    published_ += messages;
  }
  void run() override {
    if (!loop_.run(send()).ok()) throw std::runtime_error("the messages were not all delivered");
  }
  std::size_t receivers() const noexcept override { return receivers_; }

 protected:
  virtual task<void> send() = 0;

  VirtualClock clock_;
  RunLoop loop_{clock_};
  Broadcaster broadcaster_;
  std::size_t receivers_;
  std::vector<Message> messages_;

 private:
  std::uint64_t published_ = 0;
};

/// publish(), `at_once` messages `every` so often; each outcome is told by on_outcome. The time that passes between
/// lets timers fire, as in a running program.
class StreamCase final : public SenderCase {
 public:
  StreamCase(std::size_t at_once, Duration every) : SenderCase(stream_receivers), at_once_(at_once), every_(every) {}

 private:
  task<void> send() override {
    open_ = messages_.size() * receivers_;
    settled_.reset();
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      if (i % at_once_ == 0) co_await sleep_for(every_);
      const auto settled = [this](const DeliveryProgress& progress) { settle(progress); };
      while (!broadcaster_.publish(messages_[i], {.on_outcome = settled})) co_await broadcaster_.room(messages_[i]);
    }
    co_await settled_.wait();
  }

  void settle(const DeliveryProgress& progress) noexcept {
    if (progress.outcome == PeerOutcome::delivered && --open_ == 0) settled_.set();
  }

  std::size_t at_once_;
  Duration every_;
  std::size_t open_ = 0;
  Event settled_;
};

/// publish(), 64 messages between two turns, then the report of each of them.
class ReportCase final : public SenderCase {
 public:
  ReportCase() : SenderCase(stream_receivers) {}

 private:
  task<void> send() override {
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      tickets_.push_back(broadcaster_.publish(messages_[i]).value());
      if (tickets_.size() < burst && i + 1 < messages_.size()) continue;
      for (const Ticket& ticket : tickets_) {
        const Report report = co_await ticket.report();
        if (!report.satisfied) throw std::runtime_error("a message was not delivered");
      }
      tickets_.clear();
    }
  }

  std::vector<Ticket> tickets_;
};

/// broadcast(), one message after another.
class FanoutCase final : public SenderCase {
 public:
  FanoutCase() : SenderCase(fanout_receivers) {}

 private:
  task<void> send() override {
    for (Message& message : messages_) {
      const Report report = co_await broadcaster_.broadcast(std::move(message));
      if (!report.satisfied) throw std::runtime_error("a message was not delivered");
    }
  }
};

/// Accepts every message and drops it.
class CountingHandler final : public MessageHandler {
 public:
  explicit CountingHandler(Scheduler& /*scheduler*/) noexcept {}

  std::size_t accepted() const noexcept { return accepted_; }

  task<std::expected<void, Status>> accept(Message /*message*/) override {
    co_return std::unexpected(Status{StatusCode::internal, "accept_now() takes them all"});
  }
  bool accept_now(Message& message) override {
    const Message taken = std::move(message);
    ++accepted_;
    return true;
  }

 private:
  std::size_t accepted_ = 0;
};

/// Every message goes through an inbox to one task that reads it.
class InboxHandler final : public MessageHandler {
 public:
  explicit InboxHandler(Scheduler& scheduler) : scope_(scheduler) { scope_.spawn(read()); }

  std::size_t accepted() const noexcept { return read_; }

  task<std::expected<void, Status>> accept(Message message) override { co_return co_await inbox_.accept_soon(message); }
  bool accept_now(Message& message) override { return inbox_.accept_now(message); }

 private:
  task<void> read() {
    for (;; ++read_) co_await subscription_->next();
  }

  Inbox inbox_;
  std::unique_ptr<Inbox::Subscription> subscription_ = inbox_.subscribe("reader");
  std::size_t read_ = 0;
  Scope scope_;
};

std::string batch_frame(std::uint64_t first, std::span<const Message> messages) {
  native::BatchLayout layout(first, first - 1);
  for (const Message& message : messages) layout.add(message.framed().size());
  std::string frame(layout.frame_bytes(), '\0');
  FieldWriter writer(reinterpret_cast<std::byte*>(frame.data()));
  layout.write_head(writer);
  for (const Message& message : messages) writer.raw(bytes_of(message.framed()));
  return frame;
}

/// The receiving side, with a canned sender of batches of 64.
template <class Handler>
class ReceiverCase final : public Case {
 public:
  ReceiverCase() {
    auto sender = std::make_unique<CannedSender>(loop_);
    sender_ = sender.get();
    receiver_.serve(std::move(sender));
    frames_.push_back(native::write(native::Hello{.session = 1, .message_bytes_max = std::size_t{64} << 20}));
    sender_->send(frames_);
    while (!sender_->finished() && loop_.turn()) {
    }
  }

  void prepare(std::size_t messages) override {
    frames_.clear();
    const std::vector<Message> all = token_messages(sent_, messages);
    for (std::span<const Message> rest = all; !rest.empty(); rest = rest.subspan(std::min(burst, rest.size()))) {
      const auto some = rest.first(std::min(burst, rest.size()));
      frames_.push_back(batch_frame(sent_ + 1, some));
      sent_ += some.size();
    }
  }

  void run() override {
    sender_->send(frames_);
    while (handler_.accepted() < sent_) {
      if (!loop_.turn()) throw std::runtime_error("the messages were not all accepted");
    }
  }

  std::size_t receivers() const noexcept override { return 1; }

 private:
  VirtualClock clock_;
  RunLoop loop_{clock_};
  Handler handler_{loop_};
  NativeReceiver receiver_{loop_, handler_};
  CannedSender* sender_ = nullptr;  // owned by the receiver
  std::vector<std::string> frames_;
  std::uint64_t sent_ = 0;
};

}  // namespace

std::vector<std::string_view> case_names() { return {"stream", "single", "report", "fanout", "receive", "inbox"}; }

std::unique_ptr<Case> make_case(std::string_view name) {
  if (name == "stream") return std::make_unique<StreamCase>(burst, std::chrono::microseconds(100));
  if (name == "single") return std::make_unique<StreamCase>(1, std::chrono::microseconds(10));
  if (name == "report") return std::make_unique<ReportCase>();
  if (name == "fanout") return std::make_unique<FanoutCase>();
  if (name == "receive") return std::make_unique<ReceiverCase<CountingHandler>>();
  if (name == "inbox") return std::make_unique<ReceiverCase<InboxHandler>>();
  return nullptr;
}

}  // namespace exocast::bench
