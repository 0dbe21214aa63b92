// SPDX-License-Identifier: Apache-2.0
#pragma once
// The exit statuses of the programs.

namespace exocast {

inline constexpr int exit_satisfied = 0;    ///< success
inline constexpr int exit_error = 1;        ///< usage error, or a failure on this machine: not everything was sent
inline constexpr int exit_unsatisfied = 2;  ///< everything was sent, but the policy was not satisfied; or interrupted

}  // namespace exocast
