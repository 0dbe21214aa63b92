// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the program ends with. Plain constants.

namespace exocast {

inline constexpr int exit_satisfied = 0;  ///< it did what was asked
inline constexpr int exit_error = 1;      ///< wrong usage, or something on this machine: nothing, or not all, was sent
inline constexpr int exit_unsatisfied = 2;  ///< all was sent, but the policy was not satisfied; or interrupted

}  // namespace exocast
