// SPDX-License-Identifier: Apache-2.0
#pragma once
// Prints many peer names briefly, as cluster tools do: n1, n2, n3, n7, login → "n[1-3,7],login".
// A pure function, safe from any thread.

#include <string>
#include <vector>

namespace exocast {

/// Folds names that differ only in their last number. Names with the same prefix and suffix appear at the place of the
/// first of them, their numbers sorted; leading zeros are kept ("n[08-10]" means n08, n09, n10). Duplicates are listed
/// once. Takes n log n time.
std::string fold_names(const std::vector<std::string>& names);

}  // namespace exocast
