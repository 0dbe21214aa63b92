// SPDX-License-Identifier: Apache-2.0
#include "exocast/options.h"

#include <fmt/format.h>

namespace exocast {

std::string to_words(const DeliveryPolicy& policy, std::optional<std::size_t> tolerated) {
  const Policy& rule = policy.policy();
  std::string words = rule.enough != all_items ? fmt::format("quorum {}", rule.enough)
                      : rule.fail_fast         ? "fail-fast"
                                               : "all";
  if (tolerated) words += fmt::format(", tolerating {}", *tolerated);
  return words;
}

}  // namespace exocast
