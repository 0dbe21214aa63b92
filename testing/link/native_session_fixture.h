// SPDX-License-Identifier: Apache-2.0
#pragma once
// NativeSessionTest: a native link whose peer is the test. For tests. One thread.

#include <memory>
#include <vector>

#include "link/native/native_link.h"
#include "testing/link/native_pair.h"
#include "testing/link/raw_end.h"

namespace exocast::test {

struct NativeSessionTest : testing::Test {
  NativeSessionTest() {
    pair.connect = [this] -> std::expected<std::unique_ptr<ByteStream>, Status> {
      auto wire = SimWire::make(pair.loop);
      pair.wires.push_back(wire);
      peers.push_back(std::make_unique<RawEnd>(wire->end(SimWire::second)));
      return wire->end(SimWire::first);
    };
  }
  ~NativeSessionTest() override { peers.clear(); }

  RawEnd& peer() { return *peers.back(); }
  void welcome(std::uint64_t handled = 0, std::uint64_t incarnation = 5,
               std::uint32_t version = native::wire_version_max) {
    peer().say(write(native::Welcome{.version = version,
                                     .incarnation = incarnation,
                                     .handled = handled,
                                     .node_id = "receiver",
                                     .message_bytes_max = 1 << 20,
                                     .window_messages = 256,
                                     .window_bytes = 1 << 20}));
    pair.run_for(1ms);
  }
  /// Starts a batch, and lets the link connect.
  std::size_t open(int count) {
    const std::size_t at = pair.deliver(numbered_batch(1, count));
    pair.run_for(1ms);
    welcome();
    return at;
  }
  std::size_t broken_by(LinkBreak reason) const { return pair.link->metrics().breaks_of(reason); }

  NativePair pair;
  std::vector<std::unique_ptr<RawEnd>> peers;
};

}  // namespace exocast::test
