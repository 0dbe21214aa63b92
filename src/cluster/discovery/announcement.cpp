// SPDX-License-Identifier: Apache-2.0
#include "cluster/discovery/announcement.h"

#include "exocast/ids.h"
#include "message/proto/announcement.pb.h"

namespace exocast {

std::string encode(const Announcement& announcement) {
  wire::Announcement message;
  message.set_id(announcement.id);
  message.set_session(announcement.session);
  message.set_port(announcement.port);
  message.set_number(announcement.number);
  message.set_answer(announcement.answer);
  return message.SerializeAsString();
}

std::optional<Announcement> decode_announcement(std::string_view bytes) {
  wire::Announcement message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return std::nullopt;
  if (peer_id_fault(message.id()) || message.session() == 0) return std::nullopt;
  if (message.port() == 0 || message.port() > 65'535) return std::nullopt;
  return Announcement{.id = std::move(*message.mutable_id()),
                      .session = message.session(),
                      .port = static_cast<std::uint16_t>(message.port()),
                      .number = message.number(),
                      .answer = message.answer()};
}

}  // namespace exocast
