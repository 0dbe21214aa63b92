// SPDX-License-Identifier: Apache-2.0
#include "cluster/swim/datagram.h"

#include <arpa/inet.h>

#include <cassert>
#include <utility>

#include <google/protobuf/io/coded_stream.h>

#include "cluster/swim/reach.h"
#include "cluster/udp/datagram_port.h"
#include "message/proto/cluster.pb.h"

namespace exocast::swim {
namespace {

constexpr std::uint32_t version = 1;

bool is_numeric(const std::string& host) noexcept {
  in6_addr address{};
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
}

/// The update, if it can be used as it is.
std::optional<Update> read(const wire::MemberUpdate& from) {
  const bool known_state = from.state() >= 0 && from.state() <= static_cast<int>(MemberState::left);
  if (!known_state || peer_id_fault(from.id()) || from.session() == 0 || from.port() == 0 || from.port() > 65535) {
    return std::nullopt;
  }
  if (!is_unspecified(from.host()) && !is_numeric(from.host())) return std::nullopt;
  if (!from.accuser().empty() && peer_id_fault(from.accuser())) return std::nullopt;
  return Update{.id = from.id(),
                .address = {.host = from.host(), .port = static_cast<std::uint16_t>(from.port())},
                .session = from.session(),
                .incarnation = from.incarnation(),
                .state = static_cast<MemberState>(from.state()),
                .accuser = from.accuser()};
}

void write(const Update& update, wire::MemberUpdate& to) {
  to.Clear();
  to.set_id(update.id);
  to.set_host(std::string(without_zone(update.address.host)));
  to.set_port(update.address.port);
  to.set_session(update.session);
  to.set_incarnation(update.incarnation);
  to.set_state(static_cast<wire::MemberUpdate::State>(update.state));
  to.set_accuser(update.accuser);
}

std::optional<DeviceCapabilities> read(const node_service::DeviceCapabilities& from) {
  if (from.model().size() > capability_bytes_max || from.chip().size() > capability_bytes_max) return std::nullopt;
  return DeviceCapabilities{
      .model = from.model(),
      .chip = from.chip(),
      .memory_mb = from.memory(),
      .flops = {.fp32_tflops = from.flops().fp32(),
                .fp16_tflops = from.flops().fp16(),
                .int8_tflops = from.flops().int8()},
  };
}

void write(const DeviceCapabilities& capabilities, node_service::DeviceCapabilities& to) {
  to.set_model(capabilities.model);
  to.set_chip(capabilities.chip);
  to.set_memory(capabilities.memory_mb);
  to.mutable_flops()->set_fp32(capabilities.flops.fp32_tflops);
  to.mutable_flops()->set_fp16(capabilities.flops.fp16_tflops);
  to.mutable_flops()->set_int8(capabilities.flops.int8_tflops);
}

bool is_cursor(const std::string& id) { return id.empty() || !peer_id_fault(id); }

std::expected<void, BadDatagram> read_content(const wire::MemberDatagram& from, Datagram& datagram) {
  datagram.number = from.number();
  datagram.to_session = from.to_session();
  datagram.age_ms = from.age_ms();
  datagram.introduce = from.introduce();
  datagram.relayed = from.relayed();
  if (!is_cursor(from.after()) || !is_cursor(from.next())) return std::unexpected(BadDatagram::content);
  datagram.after = from.after();
  datagram.next = from.next();
  if (from.has_about()) datagram.about = read(from.about());
  const bool must = datagram.kind == DatagramKind::ping_request || datagram.kind == DatagramKind::conflict;
  if (datagram.about.has_value() != from.has_about() || (must && !datagram.about)) {
    return std::unexpected(BadDatagram::content);
  }
  if (from.has_capabilities()) datagram.capabilities = read(from.capabilities());
  if (datagram.capabilities.has_value() != from.has_capabilities()) return std::unexpected(BadDatagram::content);
  datagram.updates.reserve(static_cast<std::size_t>(from.updates_size()));
  for (const auto& update : from.updates()) {
    if (has_zone(update.host())) continue;  // the name of another machine's interface reaches nobody
    auto one = read(update);
    // Only the sender's own datagram shows where it comes from.
    if (!one || is_unspecified(one->address.host)) return std::unexpected(BadDatagram::content);
    datagram.updates.push_back(*std::move(one));
  }
  return {};
}

}  // namespace

std::string_view to_string(BadDatagram reason) noexcept {
  constexpr std::array<std::string_view, bad_datagram_reasons> words = {"garbled", "version", "kind",
                                                                        "sender",  "content", "too_many"};
  return words[static_cast<std::size_t>(reason)];
}

std::expected<Datagram, BadDatagram> read(std::string_view bytes) {
  thread_local wire::MemberDatagram from;
  if (bytes.size() > DatagramPort::content_bytes_max ||
      !from.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return std::unexpected(BadDatagram::garbled);
  }
  if (from.version() != version) return std::unexpected(BadDatagram::version);
  if (from.kind() < 1 || from.kind() >= static_cast<int>(datagram_kinds)) return std::unexpected(BadDatagram::kind);
  if (from.updates_size() > static_cast<int>(updates_max)) return std::unexpected(BadDatagram::too_many);
  auto sender = read(from.sender());
  const bool says_so = sender && (sender->state == MemberState::healthy || sender->state == MemberState::left);
  if (!says_so) return std::unexpected(BadDatagram::sender);
  Datagram datagram;
  datagram.kind = static_cast<DatagramKind>(from.kind());
  datagram.sender = *std::move(sender);
  if (const auto content = read_content(from, datagram); !content) return std::unexpected(content.error());
  return datagram;
}

DatagramWriter::DatagramWriter(const Datagram& datagram) {
  thread_local wire::MemberDatagram to;
  to.Clear();
  to.set_version(version);
  write(datagram.sender, *to.mutable_sender());
  // Where this node is reached at an address with a zone, others know by which of their own.
  if (has_zone(datagram.sender.address.host)) to.mutable_sender()->clear_host();
  to.set_kind(static_cast<wire::MemberDatagram::Kind>(datagram.kind));
  to.set_number(datagram.number);
  if (datagram.about) write(*datagram.about, *to.mutable_about());
  to.set_to_session(datagram.to_session);
  to.set_age_ms(datagram.age_ms);
  to.set_introduce(datagram.introduce);
  to.set_relayed(datagram.relayed);
  to.set_after(datagram.after);
  to.set_next(datagram.next);
  if (datagram.capabilities) write(*datagram.capabilities, *to.mutable_capabilities());
  bytes_.reserve(DatagramPort::content_bytes_max);
  to.AppendToString(&bytes_);
  assert(bytes_.size() <= DatagramPort::content_bytes_max);
}

bool DatagramWriter::add(const Update& update) {
  using google::protobuf::io::CodedOutputStream;
  thread_local wire::MemberUpdate to;
  write(update, to);
  // A message of protobuf goes on where another ends, so one more of a repeated field is simply put behind it.
  constexpr std::uint32_t tag = (wire::MemberDatagram::kUpdatesFieldNumber << 3U) | 2U;
  const auto length = static_cast<std::uint32_t>(to.ByteSizeLong());
  std::array<std::uint8_t, 10> head{};
  const auto* end =
      CodedOutputStream::WriteVarint32ToArray(length, CodedOutputStream::WriteTagToArray(tag, head.data()));
  const auto head_bytes = static_cast<std::size_t>(end - head.data());
  if (updates_ == updates_max || bytes_.size() + head_bytes + length > DatagramPort::content_bytes_max) return false;
  bytes_.append(head.begin(), head.begin() + head_bytes);
  to.AppendToString(&bytes_);
  ++updates_;
  return true;
}

}  // namespace exocast::swim
