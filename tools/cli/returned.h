// SPDX-License-Identifier: Apache-2.0
#pragma once
// What the task of a loop's run() returned, for commands whose task nobody stops: its value or its error; an exception,
// which is a bug, is thrown on. Pure; safe from any thread.

#include <exception>
#include <expected>
#include <string>
#include <utility>

#include "exocast/gather/outcome.h"

namespace exocast {

template <class T>
T returned(Outcome<T> ended) {
  if (ended.exception()) std::rethrow_exception(ended.exception());
  return std::move(ended).value();
}

template <class T>
std::expected<T, std::string> returned(Outcome<T, std::string> ended) {
  if (ended.exception()) std::rethrow_exception(ended.exception());
  if (const std::string* error = ended.error()) return std::unexpected(*error);
  return std::move(ended).value();
}

}  // namespace exocast
