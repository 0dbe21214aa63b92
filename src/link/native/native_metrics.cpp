// SPDX-License-Identifier: Apache-2.0
#include "link/native/native_metrics.h"

#include <cstdint>
#include <string>

#include "metrics/metric_field.h"

namespace exocast {
namespace {

using Registrations = std::vector<Metrics::Registration>;

using LinkNumbers = NativeLinkMetrics;
constexpr MetricField<LinkNumbers> link_counters[] = {
    {{"native_dials_total", "Attempts to connect to a peer."}, &LinkNumbers::dials_total},
    {{"native_connects_total", "Successful attempts to connect to a peer."}, &LinkNumbers::connects_total},
    {{"native_reconnects_total", "Successful attempts to connect to a peer after a break."},
     &LinkNumbers::reconnects_total},
    {{"native_restarts_total", "Successful attempts to connect to a peer that had forgotten the session."},
     &LinkNumbers::restarts_total},
    {{"native_sent_frames_total", "Frames sent to a peer."}, &LinkNumbers::frames_out},
    {{"native_received_frames_total", "Frames received from a peer."}, &LinkNumbers::frames_in},
    {{"native_sent_bytes_total", "Bytes sent to a peer."}, &LinkNumbers::bytes_out},
    {{"native_received_bytes_total", "Bytes received from a peer."}, &LinkNumbers::bytes_in},
};
constexpr MetricField<LinkNumbers> link_gauges[] = {
    {{"native_unacked_messages", "Messages sent to a peer and not answered: the part of the window in use."},
     &LinkNumbers::unacked_messages},
    {{"native_unacked_bytes", "Bytes of the messages sent to a peer and not answered."}, &LinkNumbers::unacked_bytes},
    {{"native_waiting_batches", "Batches that wait for room in the window, or for a connection."},
     &LinkNumbers::waiting},
};
constexpr MetricName link_breaks = {"native_breaks_total", "Connections to a peer that ended, by reason."};

using ReceiverNumbers = NativeReceiverMetrics;
constexpr MetricField<ReceiverNumbers> receiver_counters[] = {
    {{"receiver_connections_total", "Connections accepted from senders."}, &ReceiverNumbers::connections_total},
    {{"receiver_sessions_total", "Sessions of senders."}, &ReceiverNumbers::sessions_total},
    {{"receiver_sessions_forgotten_total", "Sessions forgotten to make room for others."},
     &ReceiverNumbers::forgotten_total},
    {{"receiver_messages_total", "Messages answered."}, &ReceiverNumbers::handled_total},
    {{"receiver_refused_total", "Answered messages that were refused or unreadable."}, &ReceiverNumbers::refused_total},
    {{"receiver_repeated_total", "Repeated messages, dropped because they had been handled before."},
     &ReceiverNumbers::repeated_total},
    {{"receiver_interrupted_total", "Turns of the loop that handling messages took too long in."},
     &ReceiverNumbers::interrupted_total},
    {{"receiver_frames_total", "Frames received from senders."}, &ReceiverNumbers::frames_in},
    {{"receiver_received_bytes_total", "Bytes received from senders."}, &ReceiverNumbers::bytes_in},
    {{"receiver_sent_bytes_total", "Bytes sent to senders."}, &ReceiverNumbers::bytes_out},
};
constexpr MetricField<ReceiverNumbers> receiver_gauges[] = {
    {{"receiver_connections", "Connections from senders."}, &ReceiverNumbers::connections},
    {{"receiver_sessions", "Sessions remembered."}, &ReceiverNumbers::sessions},
    {{"receiver_accepting", "Messages that the handler is processing."}, &ReceiverNumbers::accepting},
    {{"receiver_decoding", "Large messages that are decoded outside of the loop, or wait for that."},
     &ReceiverNumbers::decoding},
    {{"receiver_buffer_bytes", "Bytes of all read buffers, and of the large messages that are decoded."},
     &ReceiverNumbers::receiving_bytes},
};
constexpr MetricName receiver_closes = {"receiver_closes_total", "Connections from senders that ended, by reason."};

}  // namespace

Registrations register_metrics(Metrics& metrics, std::string_view peer,
                               const std::function<const NativeLinkMetrics*()>& link) {
  Registrations all;
  const MetricLabels labels = {{"peer", std::string(peer)}};
  const auto read = [link](std::uint64_t LinkNumbers::* number) {
    return [link, number] {
      const LinkNumbers* found = link();
      return found != nullptr ? found->*number : 0;
    };
  };
  for (const auto& [name, number] : link_counters) all.push_back(metrics.counter(name, labels, read(number)));
  for (const auto& [name, number] : link_gauges) all.push_back(metrics.gauge(name, labels, read(number)));
  for (std::size_t at = 0; at < link_break_count; ++at) {
    const auto count = [link, at]() -> std::uint64_t { return link() != nullptr ? link()->breaks[at] : 0; };
    const std::string reason(to_string(static_cast<LinkBreak>(at)));
    all.push_back(metrics.counter(link_breaks, {{"peer", std::string(peer)}, {"reason", reason}}, count));
  }
  return all;
}

Registrations register_metrics(Metrics& metrics, const NativeReceiver& receiver) {
  Registrations all;
  const ReceiverNumbers& numbers = receiver.metrics();
  for (const auto& [name, number] : receiver_counters) all.push_back(metrics.counter(name, {}, numbers.*number));
  for (const auto& [name, number] : receiver_gauges) {
    all.push_back(metrics.gauge(name, {}, [&value = numbers.*number] { return static_cast<double>(value); }));
  }
  for (std::size_t at = 0; at < receiver_close_count; ++at) {
    const std::string reason(to_string(static_cast<ReceiverClose>(at)));
    all.push_back(metrics.counter(receiver_closes, {{"reason", reason}}, numbers.closes[at]));
  }
  return all;
}

}  // namespace exocast
