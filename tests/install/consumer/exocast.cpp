// SPDX-License-Identifier: Apache-2.0
#include <exocast/node.h>

#include <cstdio>

int main() {
  auto node =
      exocast::Node::start({.id = "sender", .peers = {{.id = "nobody", .address = {.host = "127.0.0.1", .port = 1}}}});
  auto message = exocast::Message::token_result("request", std::vector{1, 2, 3}, true);
  if (!node || !message) return 1;
  auto report = (*node)->loop().run((*node)->broadcaster().broadcast(*message));
  std::printf("%zu %d", report->receivers(), report->satisfied);
}
