// SPDX-License-Identifier: Apache-2.0
#pragma once
// Many peer names in little room, as cluster tools write them: n1, n2, n3, n7, login → "n[1-3,7],login".
// A pure function, safe from any thread.

#include <string>
#include <vector>

namespace exocast {

/// The names with those that differ only in their last number folded. Names that share a prefix and a suffix are put
/// where the first of them stood, their numbers sorted; leading zeros are kept ("n[08-10]" are n08, n09, n10).
/// Duplicates are listed once. Takes n log n time.
std::string fold_names(const std::vector<std::string>& names);

}  // namespace exocast
