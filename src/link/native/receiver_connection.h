// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReceiverConnection: one connection to a receiver. Internal to this folder.
//
// It reads frames, passes their messages to the session one after another, and when it has nothing more to do, or its
// time in this turn of the loop is over, writes one answer for all that were handled. It reads more only when
// everything read is handled, and handles more only when its answers have been written. One thread. Lifetime: the
// receiver owns it; close() destroys it.

#include <cstdint>
#include <list>
#include <memory>
#include <string>

#include "link/native/frame_reader.h"
#include "link/native/frames.h"
#include "link/native/native_receiver.h"
#include "link/native/output.h"

namespace exocast::native {

class LargeItem;
class ReceiverSession;

class ReceiverConnection final : private ByteStream::Listener, private Runnable, private Timer {
 public:
  ReceiverConnection(NativeReceiver& receiver, std::unique_ptr<ByteStream> stream);
  ~ReceiverConnection();

  /// Starts reading; may destroy it.
  void start();

  /// Does everything that is possible now; may destroy it.
  void advance() noexcept;

  /// The large message that was decoded outside of the loop; may destroy it.
  void decoded(std::expected<Message, Status> message) noexcept;

  /// Sends a goodbye, if that is possible at once, and destroys it.
  void leave(ReceiverClose reason, std::string_view text);

  std::list<std::unique_ptr<ReceiverConnection>>::iterator self;  // in the receiver's list

 private:
  friend class exocast::NativeReceiver;

  void on_readable() noexcept override;
  void on_writable() noexcept override;
  void fired() noexcept override { leave(ReceiverClose::no_hello, "no hello in time"); }
  void run() noexcept override { advance(); }

  bool idle() const noexcept;
  // These return false if they have destroyed the connection.
  bool step();
  bool read();
  bool take(Bytes frame);
  bool take(const Hello& hello);
  bool take(const Batch& batch, std::size_t bytes);
  bool take(const LogNews& news);
  bool settle_log(std::uint64_t position);
  bool refuse(std::string_view why);
  bool flush();

  bool take_items(TimePoint until);
  bool is_large(const Item& item) const noexcept;
  void decode_outside(const Item& item);
  void end_decoding() noexcept;
  void handle(std::expected<Message, Status> message);
  void welcome();
  void acknowledge();

  NativeReceiver& receiver_;
  std::unique_ptr<ByteStream> stream_;
  FrameReader reader_;
  Output output_;
  ReceiverSession* session_ = nullptr;  // set when the Hello has arrived
  std::uint32_t version_ = 0;           // of the connection, then
  std::string sender_;                  // its node id
  bool welcomed_ = false;
  bool readable_ = true;
  bool in_batch_ = false;
  Batch batch_;
  LogNews log_;  // of which the batches are, and how far it is settled; without the incomplete ones
  std::shared_ptr<LargeItem> decoding_;  // nothing is read or handled meanwhile
  std::size_t decoding_bytes_ = 0;       // of its frame
  std::uint64_t next_ = 0;               // number of the batch's next message
  std::uint64_t acked_ = 0;              // messages up to this number were answered to the sender
};

}  // namespace exocast::native
