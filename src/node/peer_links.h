// SPDX-License-Identifier: Apache-2.0
#pragma once
// PeerLinks: a node's links to its peers: one link each, native if the peer offers it, else exo's protocol.
//
// Threading: made and destroyed outside of the loop, used inside. Lifetime: loop and poller outlive it and its links.
// Links may outlive it: those to exo then answer UNAVAILABLE.

#include <memory>

#include "exocast/ids.h"
#include "exocast/link_options.h"
#include "link/exo/exo_client.h"
#include "link/native/native_link.h"
#include "link/negotiated/negotiated_link.h"
#include "link/stream/tcp_stream.h"
#include "loop/poller.h"

namespace exocast {

/// The links to one peer. They use no network before their first call.
struct PeerLink {
  std::shared_ptr<ExoLink> exo;                ///< for the calls that only exo's protocol has
  std::shared_ptr<NegotiatedLink> negotiated;  ///< null if native links are off

  /// The link for messages.
  std::shared_ptr<Link> link() const;

  /// The kind of the link in use; "" before the first choice.
  std::string_view kind() const noexcept;

  /// Connects, so that the first message need not wait. The error is why the peer did not answer.
  task<std::expected<void, Status>> connect(Deadline deadline) const;
};

class PeerLinks {
 public:
  PeerLinks(AsioLoop& loop, Poller& poller, const PeerLinksOptions& options);

  /// The links to the node at `address`.
  PeerLink to(const PeerAddress& address);

 private:
  NativeParts native_parts(const PeerAddress& address) const;

  AsioLoop& loop_;
  Poller& poller_;
  const PeerLinksOptions options_;
  ExoClient client_;
};

}  // namespace exocast
