// SPDX-License-Identifier: Apache-2.0
#pragma once
// A ZeroMQ context for thousands of sockets, and the receivers' routing ids: 'R' and the receiver's number.

#include <array>
#include <cstdint>
#include <cstring>
#include <zmq.hpp>

namespace exocast::bench {

class ZeroMqContext : public zmq::context_t {
 public:
  ZeroMqContext() { set(zmq::ctxopt::max_sockets, 16'384); }
};

using RoutingId = std::array<char, 1 + sizeof(std::uint32_t)>;

inline RoutingId routing_id(std::size_t index) {
  RoutingId id{'R'};
  const auto number = static_cast<std::uint32_t>(index);
  std::memcpy(id.data() + 1, &number, sizeof number);
  return id;
}

inline std::size_t index_of(const zmq::message_t& id) {
  std::uint32_t number = 0;
  std::memcpy(&number, id.data<char>() + 1, sizeof number);
  return number;
}

}  // namespace exocast::bench
