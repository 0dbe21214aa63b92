// SPDX-License-Identifier: Apache-2.0
#pragma once
// A client of an MQTT broker through libmosquitto, in the thread that calls it. Messages have QoS 0: the receivers
// answer each message themselves, so that QoS 1 would acknowledge it once more on each of the two ways.

#include <mosquitto.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

namespace exocast::bench {

inline constexpr const char* messages_topic = "broadcast";
inline constexpr const char* answers_topic = "answers";

class MqttClient {
 public:
  using OnMessage = std::function<void(std::string_view bytes)>;

  /// Connects and subscribes to `topic`; returns when the broker has confirmed it.
  MqttClient(std::uint16_t port, const char* topic, OnMessage on_message)
      : on_message_(std::move(on_message)), client_(mosquitto_new(nullptr, true, this), mosquitto_destroy) {
    if (client_ == nullptr) throw std::bad_alloc();
    mosquitto_int_option(client_.get(), MOSQ_OPT_TCP_NODELAY, 1);
    mosquitto_message_callback_set(client_.get(), [](mosquitto*, void* self, const mosquitto_message* message) {
      static_cast<MqttClient*>(self)->on_message_(
          {static_cast<const char*>(message->payload), static_cast<std::size_t>(message->payloadlen)});
    });
    mosquitto_subscribe_callback_set(client_.get(), [](mosquitto*, void* self, int, int, const int*) {
      static_cast<MqttClient*>(self)->subscribed_ = true;
    });
    check(mosquitto_connect(client_.get(), "127.0.0.1", port, keepalive_s));
    check(mosquitto_subscribe(client_.get(), nullptr, topic, qos));
    while (!subscribed_) check(mosquitto_loop(client_.get(), -1, 1));
  }
  MqttClient(const MqttClient&) = delete;
  MqttClient& operator=(const MqttClient&) = delete;

  /// Writes it at once, or, inside on_message, at the next write().
  void publish(const char* topic, std::string_view bytes) {
    check(mosquitto_publish(client_.get(), nullptr, topic, static_cast<int>(bytes.size()), bytes.data(), qos, false));
  }

  /// Call it when the descriptor is readable.
  void read() { check(mosquitto_loop_read(client_.get(), 1)); }
  bool wants_to_write() const noexcept { return mosquitto_want_write(client_.get()); }
  void write() { check(mosquitto_loop_write(client_.get(), 1)); }
  /// Call it every second, for the pings.
  void tick() { check(mosquitto_loop_misc(client_.get())); }

  int descriptor() const noexcept { return mosquitto_socket(client_.get()); }

 private:
  static constexpr int keepalive_s = 60;
  static constexpr int qos = 0;

  static void check(int error) {
    if (error != MOSQ_ERR_SUCCESS) throw std::runtime_error(mosquitto_strerror(error));
  }

  OnMessage on_message_;
  bool subscribed_ = false;
  std::unique_ptr<mosquitto, void (*)(mosquitto*)> client_;
};

}  // namespace exocast::bench
