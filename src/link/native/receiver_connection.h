// SPDX-License-Identifier: Apache-2.0
#pragma once
// ReceiverConnection: one connection to a receiver. For this folder.
//
// It reads frames, hands their messages to the session one after another, and writes one answer for all that was
// handled when there is nothing more to do. It reads only when all that it has read is handled, and handles only when
// its answers have been taken. One thread. Lifetime: the receiver owns it; close() destroys it.

#include <cstdint>
#include <list>
#include <memory>

#include "link/native/frame_reader.h"
#include "link/native/frames.h"
#include "link/native/native_receiver.h"
#include "link/native/output.h"

namespace exocast::native {

class ReceiverSession;

class ReceiverConnection final : private ByteStream::Listener, private Runnable, private Timer {
 public:
  ReceiverConnection(NativeReceiver& receiver, std::unique_ptr<ByteStream> stream);
  ~ReceiverConnection();

  /// Begins to read; may destroy it.
  void start();

  /// Does all there is to do; may destroy it.
  void advance() noexcept;

  /// Says goodbye, if it can at once, and destroys it.
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
  bool take(const Batch& batch);
  bool refuse(std::string_view why);
  bool flush();

  void take_items();
  void handle(const Item& item);
  void welcome();
  void acknowledge();

  NativeReceiver& receiver_;
  std::unique_ptr<ByteStream> stream_;
  FrameReader reader_;
  Output output_;
  ReceiverSession* session_ = nullptr;  // once the Hello has come
  bool welcomed_ = false;
  bool readable_ = true;
  bool in_batch_ = false;
  Batch batch_;
  std::uint64_t next_ = 0;   // number of the batch's next message
  std::uint64_t acked_ = 0;  // answered to the sender, up to this number
};

}  // namespace exocast::native
