// SPDX-License-Identifier: Apache-2.0
#pragma once
// NegotiatedLink: the best link to a peer: native if the peer offers it, else exo's protocol.
//
// At its first use it calls the peer's HealthCheck over the link to exo, whose answer may contain a native port. If
// that port can be reached, the native link is used from then on; else the link to exo, at once and for a while. If
// the link in use cannot reach the peer, the question is repeated, since another node may run there now. Nothing is
// sent twice: another link gets a message only if the first has certainly not delivered it.
// Threading: one thread, that of the scheduler. Lifetime: the scheduler outlives the link, the link its deliveries.

#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "exocast/gather/event.h"
#include "exocast/gather/scope.h"
#include "exocast/link_options.h"
#include "link/exo/exo_client.h"
#include "link/stream/byte_stream.h"

namespace exocast {

/// Makes the parts of a native link; each function is called again when a peer names another port.
struct NativeParts {
  std::function<std::unique_ptr<Dialer>(std::uint16_t port)> dialer;  ///< to the given port of the peer's host
  std::function<std::unique_ptr<Link>(std::unique_ptr<Dialer> dialer)> link;
};

/// Totals since the link was made.
struct NegotiatedLinkMetrics {
  std::uint64_t asked_total = 0;               ///< questions to the peer
  std::uint64_t unanswered_total = 0;          ///< of these, without an answer
  std::uint64_t native_chosen_total = 0;       ///< questions that led to the native link
  std::uint64_t exo_chosen_total = 0;          ///< questions that led to the link to exo
  std::uint64_t native_unreachable_total = 0;  ///< of these, because the native port could not be reached
};

class NegotiatedLink final : public Link {
 public:
  NegotiatedLink(Scheduler& scheduler, std::shared_ptr<ExoLink> exo, NativeParts native,
                 NegotiatedLinkOptions options = {});

  /// Of the link in use; "exo" before the first choice.
  std::string_view kind() const noexcept override;
  bool has_chosen() const noexcept { return choice_ != Choice::none; }
  std::size_t message_bytes_max() const noexcept override;

  /// Of the link in use. Before the first choice, and while a delivery is under way that may arrive after those given
  /// to the native link now: what both links accept, without order.
  LinkTraits traits() const noexcept override;

  task<std::expected<void, Status>> deliver(Message message, Deadline deadline) override;

  /// A batch made for another link than the one in use, and not accepted by it, ends broken and resendable.
  task<BatchEnd> deliver_all(MessageBatch batch, BatchOptions options) override;

  /// Always over the link to exo: the native link does not carry questions.
  task<std::expected<std::string, Status>> ask(Question question, Deadline deadline) override {
    return exo_->ask(std::move(question), deadline);
  }

  void tell(const LogProgress& log) override {
    if (native_ != nullptr) native_->tell(log);
  }

  void disconnect() noexcept override;

  /// Chooses now, if no link was chosen, so that the first delivery need not wait. The error is why the peer did not
  /// answer.
  task<std::expected<void, Status>> connect(Deadline deadline);

  ExoLink& exo() const noexcept { return *exo_; }
  /// The native link, in use or kept for later; null until the peer has offered one.
  const Link* native() const noexcept { return native_.get(); }
  const NegotiatedLinkMetrics& metrics() const noexcept { return metrics_; }

 private:
  class FirstStreamDialer;
  class Unordered;
  enum class Choice : unsigned char { none, native, exo };

  task<std::expected<Choice, Status>> choose(Deadline deadline);
  task<void> ask(Deadline deadline);
  task<bool> reach(std::uint16_t port, Deadline deadline);
  void chose(Choice choice) noexcept;
  void use_exo_for_a_while() noexcept;
  task<BatchEnd> deliver_by_native(MessageBatch batch, BatchOptions options);
  void learn_of_exo(const std::optional<Status>& error) noexcept;

  Scheduler& scheduler_;
  std::shared_ptr<ExoLink> exo_;
  NativeParts parts_;
  const NegotiatedLinkOptions options_;
  NegotiatedLinkMetrics metrics_;

  Choice choice_ = Choice::none;
  TimePoint exo_until_ = TimePoint::max();  // while exo is the choice: time of the next question
  std::shared_ptr<Link> native_;            // kept while not in use: it knows which messages the peer has received
  std::uint16_t native_port_ = 0;
  std::size_t unordered_ = 0;   // deliveries under way that were not given to the native link (yet)
  bool native_proved_ = false;  // it has delivered something since it was chosen

  bool asking_ = false;
  std::optional<Status> refusal_;  // why the last question failed
  Event answered_;
  Scope scope_;  // of the question, which may outlive its first caller
};

}  // namespace exocast
