// SPDX-License-Identifier: Apache-2.0
#pragma once
// NegotiatedLink: the best link to a peer: native where it offers that, else the one to exo.
//
// When it is first used it asks the peer for its health, over the link to exo, and is told of a native port or not. If
// that port can be reached, the native link is used from then on; else the link to exo, at once and for a while. What
// is in use is asked about again when the peer could not be reached by it, as it may have been replaced by another.
// Nothing is sent twice: another link gets a message only if the first has surely not brought it to the peer.
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

/// Makes what a native link needs; each is called anew when a peer names another port.
struct NativeParts {
  std::function<std::unique_ptr<Dialer>(std::uint16_t port)> dialer;  ///< to that port of the peer's host
  std::function<std::unique_ptr<Link>(std::unique_ptr<Dialer> dialer)> link;
};

/// Totals since the link was made.
struct NegotiatedLinkMetrics {
  std::uint64_t asked_total = 0;               ///< how often the peer was asked
  std::uint64_t unanswered_total = 0;          ///< of these, without an answer
  std::uint64_t native_chosen_total = 0;       ///< with the native link as the outcome
  std::uint64_t exo_chosen_total = 0;          ///< with the link to exo as the outcome
  std::uint64_t native_unreachable_total = 0;  ///< of these, because the native port could not be reached
};

class NegotiatedLink final : public Link {
 public:
  NegotiatedLink(Scheduler& scheduler, std::shared_ptr<ExoLink> exo, NativeParts native,
                 NegotiatedLinkOptions options = {});

  /// Of the link in use; "exo" until one was chosen.
  std::string_view kind() const noexcept override;
  bool has_chosen() const noexcept { return choice_ != Choice::none; }
  std::size_t message_bytes_max() const noexcept override;

  /// Of the link in use. Until one was chosen, and while something is under way that may come later than what the
  /// native link is given now, what both can take, without order.
  LinkTraits traits() const noexcept override;

  task<std::expected<void, Status>> deliver(Message message, Deadline deadline) override;

  /// A batch that the link in use cannot take, because another one was when it was made, ends broken and resendable.
  task<BatchEnd> deliver_all(std::vector<Message> batch, Deadline deadline, BatchProgress* progress) override;

  /// Over the link to exo, whichever is in use: answers are no matter for the native link.
  task<std::expected<std::string, Status>> ask(Question question, Deadline deadline) override {
    return exo_->ask(std::move(question), deadline);
  }

  void disconnect() noexcept override;

  /// Chooses now, if nothing is chosen: so the first delivery need not wait for it. The error is why the peer gave no
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
  task<BatchEnd> deliver_by_native(std::vector<Message> batch, Deadline deadline, BatchProgress* progress);
  void learn_of_exo(const std::optional<Status>& error) noexcept;

  Scheduler& scheduler_;
  std::shared_ptr<ExoLink> exo_;
  NativeParts parts_;
  const NegotiatedLinkOptions options_;
  NegotiatedLinkMetrics metrics_;

  Choice choice_ = Choice::none;
  TimePoint exo_until_ = TimePoint::max();  // when the peer is asked again while exo is the choice
  std::shared_ptr<Link> native_;            // kept while it is not in use: it knows what the peer has had
  std::uint16_t native_port_ = 0;
  std::size_t unordered_ = 0;   // deliveries under way that the native link has not (yet) been given
  bool native_proved_ = false;  // it has brought something to the peer since it was chosen

  bool asking_ = false;
  std::optional<Status> refusal_;  // why the last question had no answer
  Event answered_;
  Scope scope_;  // of the question, which whoever asked may not outlive
};

}  // namespace exocast
