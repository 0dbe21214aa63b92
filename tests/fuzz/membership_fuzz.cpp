// SPDX-License-Identifier: Apache-2.0
// A node that knows two others receives any datagrams, from a stranger and from a member. It must keep its bounds, and
// live members must stay or come back.
#include <cstdint>
#include <cstdlib>

#include "cluster/swim/datagram.h"
#include "testing/cluster/sim_cluster.h"

using namespace exocast;  // NOLINT(google-build-using-namespace)

namespace {

void require(bool what) {
  if (!what) std::abort();
}

/// A valid content must survive a round trip.
void try_again(std::string_view bytes) {
  const auto datagram = swim::read(bytes);
  if (!datagram) return;
  swim::DatagramWriter writer(*datagram);
  std::size_t added = 0;
  while (added < datagram->updates.size() && writer.add(datagram->updates[added])) ++added;
  require(writer.bytes().size() <= DatagramPort::content_bytes_max);
  const auto again = swim::read(writer.bytes());
  require(again.has_value() && again->kind == datagram->kind && again->updates.size() == added);
}

}  // namespace

// NOLINTNEXTLINE(readability-identifier-naming): libFuzzer calls it so
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace std::chrono_literals;
  constexpr std::size_t pieces_max = 16;
  SimCluster cluster(1, {.delay_min = 1ms, .delay_max = 1ms});
  cluster.make(3);
  SimMachine& stranger = cluster.network.add({.host = "10.9.9.9", .port = 5680});
  // Each piece: two bytes of length, then the content. The lowest bit of the first byte selects the sender.
  std::size_t at = 0;
  for (std::size_t piece = 0; piece < pieces_max && at + 2 <= size; ++piece) {
    const bool as_member = (data[at] & 1U) != 0;
    const std::size_t length = std::min<std::size_t>((data[at] >> 1U) * 256U + data[at + 1], size - at - 2);
    std::string content(reinterpret_cast<const char*>(data) + at + 2, length);
    at += 2 + length;
    try_again(content);
    if (as_member) {  // the last field with a number counts
      swim::Datagram head{.kind = swim::DatagramKind::gossip};
      head.sender = {.id = "n1", .address = cluster.nodes[1]->machine->address(), .session = cluster.nodes[1]->session};
      content = swim::DatagramWriter(head).bytes() + content;
    }
    if (!content.empty()) stranger.send(cluster.nodes[0]->machine->address(), content);
    cluster.pass(20ms);
  }
  cluster.pass(2s);
  require(cluster.nodes[0]->membership->members().size() <= 2 + pieces_max * swim::updates_max);
  require(cluster.all_healthy());
  return 0;
}
