// SPDX-License-Identifier: Apache-2.0
#include "tools/exocast/node/event_lines.h"

#include <algorithm>
#include <string_view>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/text.h"
#include "message/json_text.h"

namespace exocast {
namespace {

/// More of a long message would be cut away anyway.
constexpr std::size_t shown_max = 200;

std::string content_of(const Message& message) {
  if (message.kind() == MessageKind::status) return std::string(message.status().substr(0, 4 * shown_max));
  const auto tokens = message.tokens();
  std::string text = fmt::format("{}", fmt::join(tokens.first(std::min(tokens.size(), shown_max)), ","));
  if (const auto tensor = message.tensor()) {
    text +=
        fmt::format("{} tensor of [{}], {} bytes", tensor->dtype, fmt::join(tensor->shape, ","), tensor->data.size());
  }
  return text;
}

}  // namespace

std::string EventLines::listening(const PeerAddress& address, const std::optional<PeerAddress>& native) const {
  if (!json_) return fmt::format("{} listens on {}\n", to_line(node_id_), to_string(address));
  const std::string also = native ? fmt::format(R"(,"native":{})", json_string(to_string(*native))) : "";
  return fmt::format(R"({{"event":"listening","id":{},"address":{}{}}})", json_string(node_id_),
                     json_string(to_string(address)), also) +
         '\n';
}

std::string EventLines::message(const Message& message) const {
  if (json_) return to_json_line(message) + '\n';
  const std::string id = message.request_id().empty() ? "" : " " + message.request_id();
  // The end matters most, so what precedes it is cut.
  const std::string line = to_line(fmt::format("{}{}: {}", to_string(message.kind()), id, content_of(message)));
  return line + (message.finished() ? " finished\n" : "\n");
}

std::string EventLines::stopped(const InboxMetrics& metrics) const {
  if (!json_) {
    return fmt::format("{} stopped: {} messages accepted, {} refused\n", to_line(node_id_), metrics.accepted_total,
                       metrics.refused_total);
  }
  return fmt::format(R"({{"event":"stopped","id":{},"accepted":{},"refused":{}}})", json_string(node_id_),
                     metrics.accepted_total, metrics.refused_total) +
         '\n';
}

}  // namespace exocast
