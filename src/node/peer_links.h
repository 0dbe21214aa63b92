// SPDX-License-Identifier: Apache-2.0
#pragma once
// PeerLinks: how a node reaches the others: one link for each, native where the peer offers it, else exo's protocol.
//
// Threading: made and destroyed outside of the loop, used inside. Lifetime: loop and poller outlive it and its links,
// which may outlive it: those to exo answer UNAVAILABLE then.

#include <memory>

#include "exocast/ids.h"
#include "exocast/link_options.h"
#include "link/exo/exo_client.h"
#include "link/native/native_link.h"
#include "link/negotiated/negotiated_link.h"
#include "link/stream/tcp_stream.h"
#include "loop/poller.h"

namespace exocast {

/// The ways to one peer. They touch no network before they are used.
struct PeerLink {
  std::shared_ptr<ExoLink> exo;                ///< for the calls that only exo's protocol has
  std::shared_ptr<NegotiatedLink> negotiated;  ///< null if it speaks natively to nobody

  /// For messages.
  std::shared_ptr<Link> link() const;

  /// The kind of link in use; "" until one was chosen.
  std::string_view kind() const noexcept;

  /// Connects, so that the first message need not wait for it. The error is why the peer gave no answer.
  task<std::expected<void, Status>> connect(Deadline deadline) const;
};

class PeerLinks {
 public:
  PeerLinks(AsioLoop& loop, Poller& poller, const PeerLinksOptions& options);

  /// To whoever serves at `address`.
  PeerLink to(const PeerAddress& address);

 private:
  NativeParts native_parts(const PeerAddress& address) const;

  AsioLoop& loop_;
  Poller& poller_;
  const PeerLinksOptions options_;
  ExoClient client_;
};

}  // namespace exocast
