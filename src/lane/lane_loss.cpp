// SPDX-License-Identifier: Apache-2.0
// After a loss: some links cannot tell the peer of a gap. So once a token was lost, the later tokens of its request are
// not sent, up to the one that finishes it.
#include "lane/lane.h"

namespace exocast {

const DeliveryError Lane::stream_broken =
    skipped(StatusCode::ok, "stream broken: an earlier message of this request was lost");

/// Whether its loss breaks its request. A message with a key stands for itself: newer ones replace it.
bool Lane::breaks_request(const LaneItem& item) noexcept {
  if (to_.link == nullptr || closed_) return false;
  if (!to_.link->traits().without_gaps) {
    broken_.clear();  // the peer is told of gaps, or may be another one by now
    return false;
  }
  return item.options_->key.empty() && item.options_->message->kind() == MessageKind::tokens;
}

/// `item`, which is not queued, has ended without being delivered.
void Lane::lost(const LaneItem& item) noexcept {
  if (!breaks_request(item)) return;
  const Message& message = *item.options_->message;
  broken_.lose(message.request_id(), item.number_, message.finished());
}

bool Lane::is_broken(const LaneItem& item) noexcept { return item.number_ > intact_until(item); }

/// The number of the last message of the item's request that may be sent in a batch with it.
std::uint64_t Lane::intact_until(const LaneItem& item) noexcept {
  return !broken_.empty() && breaks_request(item)
             ? broken_.intact_until(item.options_->message->request_id(), item.number_)
             : UINT64_MAX;
}

}  // namespace exocast
