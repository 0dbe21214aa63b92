// SPDX-License-Identifier: Apache-2.0
// The line that reports a received message to a program.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/base64.h"
#include "exocast/message.h"
#include "message/json_text.h"

namespace exocast {

std::string to_json_line(const Message& message) {
  if (message.kind() == MessageKind::data) {
    const auto [key, text] = text_or_base64(message.payload());
    return fmt::format(R"({{"event":"message","kind":"data","topic":{},"{}":{}}})", json_string(message.topic()), key,
                       json_string(text));
  }
  const std::string id = json_string(message.request_id());
  if (message.kind() == MessageKind::status) {
    return fmt::format(R"({{"event":"message","kind":"status","request_id":{},"status":{}}})", id,
                       json_on_one_line(message.status()));
  }
  std::string tensor;
  if (const auto view = message.tensor()) {
    tensor = fmt::format(R"("tensor":{{"dtype":{},"shape":[{}],"bytes":{}}},)", json_string(view->dtype),
                         fmt::join(view->shape, ","), view->data.size());
  }
  return fmt::format(R"({{"event":"message","kind":"tokens","request_id":{},"tokens":[{}],{}"finished":{}}})", id,
                     fmt::join(message.tokens(), ","), tensor, message.finished());
}

}  // namespace exocast
