// SPDX-License-Identifier: Apache-2.0
// The part of SenderSession that tells the peer which messages every receiver has.
#include <utility>

#include "link/native/sender_session.h"

namespace exocast::native {

/// Whether incomplete messages are settled that the peer was not told of: a batch has no room for them.
bool SenderSession::ToldLog::has_losses() const {
  if (log->incomplete() <= settled) return false;  // the usual case
  const LogNews news = log->news(settled);
  return news.after != settled || (!news.incomplete.empty() && news.incomplete.front().first <= log->settled());
}

/// The batch says where its messages are in their log, and how far that is settled. The log is named before, and so is
/// each incomplete message.
void SenderSession::add_log(const BatchOptions& options, BatchLayout& layout) {
  if (options.log == nullptr || version_ < log_version) return;
  const LogProgress& log = *options.log;
  ToldLog& told = logs_[std::to_underlying(log.stream_class())];
  if (told.log.get() != &log) told = {.log = log.shared_from_this()};
  if (named_log_ != &log || told.has_losses()) write_news(told);
  const bool is_news = std::exchange(told.settled, log.settled()) != log.settled();
  layout.set_log(options.position, is_news ? log.settled() : 0, options.steps);
}

void SenderSession::write_news(ToldLog& told) {
  output_.append(bytes_of(write(told.log->news(told.settled))));
  ++metrics_.frames_out;
  told.settled = told.log->settled();
  named_log_ = told.log.get();
}

void SenderSession::tell(const LogProgress& log) {
  const ToldLog& told = logs_[std::to_underlying(log.stream_class())];
  if (told.log.get() == &log && told.has_news()) tell_news();
}

/// While bytes wait to be written the news wait, too: so a peer that does not read costs no memory.
void SenderSession::tell_news() {
  news_due_ = state_ == State::open && !output_.empty();
  if (state_ != State::open || news_due_ || version_ < log_version) return;
  for (ToldLog& told : logs_) {
    if (told.has_news()) write_news(told);
  }
  if (!output_.empty()) flush();
}

/// A new connection: the peer may have restarted.
void SenderSession::forget_told() noexcept {
  for (ToldLog& told : logs_) {
    told.settled = 0;
    news_due_ = news_due_ || told.log != nullptr;
  }
  named_log_ = nullptr;
}

}  // namespace exocast::native
