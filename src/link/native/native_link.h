// SPDX-License-Identifier: Apache-2.0
#pragma once
// NativeLink: the link between two exocast nodes: length-prefixed protobuf frames over a byte stream.
//
// It is ordered: batches reach the peer's handler in the order of the calls, each message exactly once per incarnation
// of the peer, over any number of connections. The link numbers its messages, and the peer remembers how many it has
// handled (docs/wire.md). Each class of messages has a connection of its own, made for its first message, and so have
// batches with a message over 64 KiB: small ones never wait behind them, nor control behind tokens that the peer's
// handler takes its time for. Between the connections there is no order.
// Threading: one thread, that of the scheduler. Lifetime: the scheduler outlives the link, the link its deliveries.

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/backoff.h"
#include "exocast/gather/scheduler.h"
#include "exocast/link.h"
#include "exocast/link_options.h"
#include "link/stream/byte_stream.h"

namespace exocast {

namespace native {
class SenderSession;
}

/// Why an established connection ended.
enum class LinkBreak : std::uint8_t {
  closed,        ///< by the peer, without a goodbye
  broken,        ///< reset, timed out, or an error of this machine
  goodbye,       ///< by the peer, with a goodbye
  protocol,      ///< the peer violated the protocol
  no_welcome,    ///< the peer did not answer in time
  wrong_peer,    ///< another node answered
  disconnected,  ///< by this node: see NativeLink::disconnect()
};
inline constexpr std::size_t link_break_count = 7;
/// "closed", "no_welcome" and so on.
std::string_view to_string(LinkBreak reason) noexcept;

/// Of all connections together; totals since the link was made.
struct NativeLinkMetrics {
  std::size_t dials_total = 0;       ///< attempts to connect
  std::size_t connects_total = 0;    ///< successful attempts
  std::size_t reconnects_total = 0;  ///< of these, after a break
  std::size_t restarts_total = 0;    ///< of these, to a peer that had forgotten the session
  std::array<std::size_t, link_break_count> breaks = {};
  std::uint64_t frames_out = 0;
  std::uint64_t frames_in = 0;
  std::uint64_t bytes_out = 0;
  std::uint64_t bytes_in = 0;
  std::size_t unacked_messages = 0;  ///< sent and not answered, now
  std::size_t unacked_bytes = 0;
  std::size_t unacked_messages_peak = 0;
  std::size_t unacked_bytes_peak = 0;
  std::size_t waiting = 0;  ///< batches that wait for a connection or for room, now
  std::size_t waiting_peak = 0;

  std::size_t breaks_of(LinkBreak reason) const noexcept { return breaks[std::to_underlying(reason)]; }
};

class NativeLink final : public Link {
 public:
  NativeLink(Scheduler& scheduler, std::unique_ptr<Dialer> dialer, NativeLinkOptions options = {});
  ~NativeLink() override;

  std::string_view kind() const noexcept override { return "native"; }

  /// The smaller of the option and the peer's limit, once that is known.
  std::size_t message_bytes_max() const noexcept override;

  /// 256 messages or 64 KiB of them at a time, ordered.
  LinkTraits traits() const noexcept override;

  /// A batch of one.
  task<std::expected<void, Status>> deliver(Message message, Deadline deadline) override;

  /// Connects if necessary. A stopped batch may still reach the peer; it keeps its place in the order. If the
  /// connection breaks and batches end as resendable, all batches given after them also end as resendable, until all
  /// these ends have been reported, in order. So a caller that resends them keeps the order.
  task<BatchEnd> deliver_all(MessageBatch batch, BatchOptions options) override;

  void tell(const LogProgress& log) override;

  /// Closes all connections. The next connection settles what is under way, or it ends as after any other break.
  void disconnect() noexcept override;

  /// Whether a connection is up.
  bool connected() const noexcept;

  const NativeLinkMetrics& metrics() const noexcept { return metrics_; }

 private:
  native::SenderSession& session_for(MessageBatch batch, StreamClass stream_class);

  Scheduler& scheduler_;
  std::unique_ptr<Dialer> dialer_;
  NativeLinkOptions options_;
  NativeLinkMetrics metrics_;
  Random random_;
  // One for each class, and the last for large messages. Each connects for the first message that needs it.
  std::array<std::unique_ptr<native::SenderSession>, all_stream_classes.size() + 1> sessions_;
};

}  // namespace exocast
