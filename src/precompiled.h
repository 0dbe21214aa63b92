// SPDX-License-Identifier: Apache-2.0
#pragma once
// The headers that most sources include, and that take longest to read: precompiled once for the whole library.
// Only headers of others: one of ours here would rebuild everything with each of its changes. Sources still include
// what they use, because `make lint` reads them without this file.

#include <algorithm>
#include <array>
#include <chrono>
#include <coroutine>
#include <deque>
#include <exception>
#include <expected>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <ranges>
#include <set>
#include <span>
#include <sstream>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <utility>
#include <variant>
#include <vector>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/steady_timer.hpp>
#include <fmt/format.h>
#include <google/protobuf/message.h>
#include <nlohmann/json.hpp>
