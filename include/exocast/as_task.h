// SPDX-License-Identifier: Apache-2.0
#pragma once
// as_task: awaits any asynchronous operation of Asio in a task.
//
//   auto read = co_await socket.async_read_some(buffer, as_task);  // std::expected<std::size_t, error_code>
//
// The operation starts when it is awaited. It completes inside the loop, and so do the steps of a composed operation. A
// stop cancels the operation, and the task stops when the operation has ended: so its buffers stay valid until then. A
// result that arrives in spite of the stop counts. Name resolution cannot be cancelled: the task waits for its end. If
// the frame is destroyed first, the operation is cancelled, and neither its steps nor its handler run any more.
// Threading: awaited inside the AsioLoop that runs the task. Lifetime: the I/O object belongs to that loop's context()
// and outlives the await.

#include <expected>
#include <memory>
#include <optional>
#include <stdexcept>
#include <tuple>

#include <boost/asio/async_result.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/io_context.hpp>

#include "exocast/asio_loop.h"
#include "exocast/gather/detail/suspension.h"

namespace exocast {

/// The type of as_task. The signature of the operation's handler determines the result of `co_await`:
///   (error_code)            std::expected<void, error_code>
///   (error_code, T)         std::expected<T, error_code>
///   (error_code, T, U, …)   std::expected<std::tuple<T, U, …>, error_code>
/// and without an error_code void, T or a tuple. Awaiting throws what starting the operation throws, and
/// std::logic_error (a bug) in a task that is not run by an AsioLoop.
struct AsTask {};
/// The completion token: pass it as the last argument of an asynchronous operation.
inline constexpr AsTask as_task{};

namespace detail {

/// The result of an operation as one type, made from the arguments of its handler.
template <class... Values>
struct Completion {
  using type = std::tuple<Values...>;
  static constexpr bool aborted(const Values&... /*values*/) noexcept { return false; }
  static type make(Values... values) { return {std::move(values)...}; }
};
template <>
struct Completion<> {
  using type = void;
  static constexpr bool aborted() noexcept { return false; }
  static Unit make() noexcept { return {}; }
};
template <class T>
  requires(!std::same_as<T, boost::system::error_code>)
struct Completion<T> {
  using type = T;
  static constexpr bool aborted(const T& /*value*/) noexcept { return false; }
  static T make(T value) { return value; }
};
template <class... Values>
struct Completion<boost::system::error_code, Values...> {
  using type = std::expected<typename Completion<Values...>::type, boost::system::error_code>;
  static bool aborted(const boost::system::error_code& error, const Values&... /*values*/) noexcept {
    return error == boost::asio::error::operation_aborted;
  }
  static type make(boost::system::error_code error, Values... values) {
    if (error) return std::unexpected(error);
    if constexpr (sizeof...(Values) == 0) {
      return {};
    } else {
      return Completion<Values...>::make(std::move(values)...);
    }
  }
};

class PendingOperation;

/// Shared by the awaiting frame and the operation's handler, which may outlive it.
struct OperationState {
  AsioLoop& loop;
  PendingOperation* waiter;                      ///< used inside the loop only; null once the wait has ended
  boost::asio::cancellation_signal signal = {};  ///< of this one operation
};

/// Allocates the memory of handlers from the FrameCache.
template <class T>
struct FrameAllocator {
  using value_type = T;
  FrameAllocator() = default;
  template <class U>
  FrameAllocator(const FrameAllocator<U>& /*other*/) noexcept {}  // NOLINT(google-explicit-constructor): an allocator
  T* allocate(std::size_t count) { return static_cast<T*>(FrameCache::allocate(count * sizeof(T))); }
  void deallocate(T* memory, std::size_t count) noexcept { FrameCache::release(memory, count * sizeof(T)); }
  template <class U>
  friend bool operator==(FrameAllocator, FrameAllocator<U>) noexcept {
    return true;
  }
};

/// The io_context's executor, but it runs the steps and the handler of an operation inside the loop. Once the wait has
/// ended it drops them, because the objects that they refer to may be gone.
template <class Inner>
class OperationExecutor {
 public:
  OperationExecutor(std::shared_ptr<OperationState> state, Inner inner) noexcept
      : state_(std::move(state)), inner_(std::move(inner)) {}

  template <class Function>
  void execute(Function&& function) const {
    inner_.execute([state = state_, function = std::forward<Function>(function)]() mutable {
      const AsioLoop::Entry inside = state->loop.enter();
      if (state->waiter != nullptr) std::move(function)();
    });
  }

  template <class Property>
    requires boost::asio::can_query<const Inner&, Property>::value
  auto query(const Property& property) const noexcept {
    return boost::asio::query(inner_, property);
  }
  template <class Property>
    requires boost::asio::can_require<const Inner&, Property>::value
  auto require(const Property& property) const noexcept {
    return with(boost::asio::require(inner_, property));
  }
  template <class Property>
    requires boost::asio::can_prefer<const Inner&, Property>::value
  auto prefer(const Property& property) const noexcept {
    return with(boost::asio::prefer(inner_, property));
  }
  friend bool operator==(const OperationExecutor&, const OperationExecutor&) noexcept = default;

 private:
  template <class Other>
  OperationExecutor<Other> with(Other inner) const noexcept {
    return {state_, std::move(inner)};
  }

  std::shared_ptr<OperationState> state_;
  Inner inner_;
};

/// The awaiting side of an operation of any type.
class PendingOperation : public Suspension {
 protected:
  PendingOperation() = default;
  ~PendingOperation() {
    if (state_ == nullptr) return;
    state_->waiter = nullptr;
    state_->signal.emit(boost::asio::cancellation_type::terminal);
  }

  /// Returns the state for the handler. The task is suspended.
  std::shared_ptr<OperationState> begin() {
    auto* loop = dynamic_cast<AsioLoop*>(context().scheduler);
    if (loop == nullptr) throw std::logic_error("exocast: as_task needs a task that an AsioLoop runs");
    state_ = std::allocate_shared<OperationState>(FrameAllocator<OperationState>(), *loop, this);
    return state_;
  }

  /// To be called once the operation has started. Returns the coroutine to continue with.
  std::coroutine_handle<> begun(std::coroutine_handle<> task) noexcept {
    starting_ = false;
    return state_ != nullptr ? std::noop_coroutine() : task;
  }

  /// To be called by the handler. `aborted`: its error is operation_aborted.
  void end(bool aborted) noexcept {
    state_.reset();
    if (starting_) return;  // begun() continues the task
    if (aborted && stopping_) {
      stop().resume();
    } else {
      resume();
    }
  }

 private:
  void on_stop() noexcept override {
    stopping_ = true;
    const auto state = state_;  // an operation may complete inside emit()
    if (state != nullptr) state->signal.emit(boost::asio::cancellation_type::terminal);
  }

  std::shared_ptr<OperationState> state_;  // null unless pending
  bool starting_ = true;
  bool stopping_ = false;
};

/// The awaiting side of an operation with these handler arguments. It keeps the result in the awaiting frame.
template <class... Values>
class TypedOperation : public PendingOperation {
 public:
  using Completed = Completion<Values...>;

  auto await_resume() {
    if constexpr (!std::is_void_v<typename Completed::type>) return *std::move(result_);
  }

  void complete(Values... values) {
    const bool aborted = Completed::aborted(values...);
    result_.emplace(Completed::make(std::move(values)...));
    end(aborted);
  }

 private:
  using Result = std::conditional_t<std::is_void_v<typename Completed::type>, Unit, typename Completed::type>;
  std::optional<Result> result_;
};

/// The completion handler.
template <class... Values>
class OperationHandler {
 public:
  using executor_type = OperationExecutor<boost::asio::io_context::executor_type>;
  using allocator_type = FrameAllocator<void>;
  using cancellation_slot_type = boost::asio::cancellation_slot;

  explicit OperationHandler(std::shared_ptr<OperationState> state) noexcept : state_(std::move(state)) {}

  executor_type get_executor() const noexcept { return {state_, state_->loop.context().get_executor()}; }
  allocator_type get_allocator() const noexcept { return {}; }
  cancellation_slot_type get_cancellation_slot() const noexcept { return state_->signal.slot(); }

  void operator()(Values... values) {
    auto* waiter = static_cast<TypedOperation<Values...>*>(std::exchange(state_->waiter, nullptr));
    if (waiter != nullptr) waiter->complete(std::move(values)...);
  }

 private:
  std::shared_ptr<OperationState> state_;
};

template <class... Args>
constexpr bool first_is_socket_pointer = false;
template <class First, class... Rest>
constexpr bool first_is_socket_pointer<First*, Rest...> = requires { typename First::lowest_layer_type; };

/// The return value of an initiating function with as_task. It starts the operation when it is awaited.
template <class Handler, class Typed, class Initiation, class... Args>
class [[nodiscard("an operation does nothing until it is awaited")]] Operation final : public Typed {
 public:
  // Asio moves the accepted connection into such a socket before it uses the handler's executor.
  static_assert(
      !first_is_socket_pointer<Args...>,
      "exocast: use `co_await acceptor.async_accept(as_task)`, which returns the socket; one in the awaiting frame "
      "may be gone when Asio writes to it");

  explicit Operation(Initiation initiation, Args... args)
      : initiation_(std::move(initiation)), args_(std::move(args)...) {}

  template <TaskPromise Promise>
  std::coroutine_handle<> await_suspend(std::coroutine_handle<Promise> task) {
    if (!this->suspend(task)) return this->stop();
    std::apply([this](Args&... args) { std::move(initiation_)(Handler(this->begin()), std::move(args)...); }, args_);
    return this->begun(task);
  }

 private:
  Initiation initiation_;
  std::tuple<Args...> args_;
};

}  // namespace detail
}  // namespace exocast

template <class... Values>
class boost::asio::async_result<exocast::AsTask, void(Values...)> {
 public:
  template <class Initiation, class... Args>
  static auto initiate(Initiation&& initiation, const exocast::AsTask& /*token*/, Args&&... args) {
    using exocast::detail::Operation, exocast::detail::OperationHandler, exocast::detail::TypedOperation;
    return Operation<OperationHandler<std::decay_t<Values>...>, TypedOperation<std::decay_t<Values>...>,
                     std::decay_t<Initiation>, std::decay_t<Args>...>(std::forward<Initiation>(initiation),
                                                                      std::forward<Args>(args)...);
  }
};
