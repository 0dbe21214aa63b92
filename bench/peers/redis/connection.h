// SPDX-License-Identifier: Apache-2.0
#pragma once
// A connection to a redis server through hiredis. Commands are pipelined: written together, their replies read later.

#include <hiredis/hiredis.h>

#include <cstdint>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace exocast::bench {

inline constexpr const char* messages_channel = "broadcast";
inline constexpr const char* answers_channel = "answers";

class RedisConnection {
 public:
  explicit RedisConnection(std::uint16_t port) : context_(redisConnect("127.0.0.1", port), redisFree) {
    if (context_ == nullptr) throw std::bad_alloc();
    check();
  }

  /// Subscribes, and waits until the server has confirmed it.
  void subscribe(const char* channel) {
    const std::unique_ptr<void, void (*)(void*)> reply(redisCommand(context_.get(), "SUBSCRIBE %s", channel),
                                                       freeReplyObject);
    check();
  }

  /// Appends a PUBLISH to what flush() writes.
  void publish(const char* channel, std::string_view bytes) {
    redisAppendCommand(context_.get(), "PUBLISH %s %b", channel, bytes.data(), bytes.size());
    unwritten_ = true;
  }

  void flush() {
    if (!unwritten_) return;
    for (int done = 0; done == 0;) {
      redisBufferWrite(context_.get(), &done);
      check();
    }
    unwritten_ = false;
  }

  /// Reads what has arrived, at least something: call it when the descriptor is readable. Passes the bytes of each
  /// published message to `on_message`; the replies to PUBLISH, which say how many subscribers there are, are dropped.
  template <class OnMessage>
  void read(OnMessage on_message) {
    redisBufferRead(context_.get());
    check();
    for (;;) {
      void* found = nullptr;
      redisGetReplyFromReader(context_.get(), &found);
      check();
      if (found == nullptr) return;
      const std::unique_ptr<void, void (*)(void*)> owner(found, freeReplyObject);
      const auto& reply = *static_cast<const redisReply*>(found);
      if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 3) continue;
      on_message(std::string_view(reply.element[2]->str, reply.element[2]->len));
    }
  }

  int descriptor() const noexcept { return context_->fd; }

 private:
  void check() const {
    if (context_->err != 0) throw std::runtime_error(std::string("the server has left: ") + context_->errstr);
  }

  std::unique_ptr<redisContext, void (*)(redisContext*)> context_;
  bool unwritten_ = false;
};

}  // namespace exocast::bench
