// SPDX-License-Identifier: Apache-2.0
#pragma once
// Inquiry: one open question, sent to every link of a roster at once through one gather.
//
//   co_await Inquiry::run(inquiries, roster, Question::health(), {.timeout = 2s});
//
// Ownership: the gather's callables own an Inquiry, so it lives until its last call ends. It owns the roster it began
// with, and its links. Threading: that of the scheduler.

#include <cstddef>
#include <memory>
#include <vector>

#include "ask/inquiries.h"
#include "exocast/answers.h"
#include "exocast/gather/gather.h"
#include "exocast/roster.h"
#include "lane/delivery.h"

namespace exocast::detail {

class Inquiry final : public Inquiries::Member, private StopCallback, private Runnable {
 public:
  Inquiry(std::shared_ptr<Inquiries> all, Roster to, Question question, AskOptions options);
  Inquiry(const Inquiry&) = delete;
  Inquiry& operator=(const Inquiry&) = delete;
  ~Inquiry();

  /// Asks all receivers, within the limits, and waits for the answers.
  static task<Answers> run(std::shared_ptr<Inquiries> all, Roster to, Question question, AskOptions options);

  void close() noexcept override;

 private:
  static task<Gathered<Unit, DeliveryError>> ask_all(const std::shared_ptr<Inquiry>& inquiry);

  task<Delivery> ask(std::size_t index);
  void settled(std::size_t index, const DeliveryEnd& end) noexcept;
  void settle(std::size_t index, DeliveryError end) noexcept;
  std::expected<void, DeliveryError> keep(std::size_t index, std::string text);
  Answers answers(bool satisfied);
  Answers refused(const DeliveryError& why);
  void on_stop() noexcept override { stop_.request(); }
  void run() noexcept override { stop_.request(); }
  Duration timeout() const noexcept { return deadline_.left(begun_); }

  /// One receiver.
  struct Row {
    bool asked = false;
    std::string text;  // the answer, until it is settled
    PeerAnswer answer;
  };

  std::shared_ptr<Inquiries> all_;
  Roster to_;
  Question question_;
  AskOptions options_;
  TimePoint begun_;
  Deadline deadline_;
  StopSource stop_;
  bool closed_ = false;
  std::vector<Row> rows_;  // one for each receiver
};

}  // namespace exocast::detail
