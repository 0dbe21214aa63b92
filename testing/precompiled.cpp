// SPDX-License-Identifier: Apache-2.0
// Empty: a target that only precompiles a header needs one source.
