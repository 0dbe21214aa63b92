// SPDX-License-Identifier: Apache-2.0
#pragma once
// LinkedList: an intrusive first-in-first-out list, for waiting lines whose members live in coroutine frames.
//
// The links are in the elements, so nothing is allocated, anything leaves its list in constant time, and what is
// destroyed has left. One thread, no locks. Lifetime: list and elements may go in any order.

namespace exocast {

template <class T>
class LinkedList;

/// Base of a T that can be in one LinkedList<T> at a time.
template <class T>
class Linked {
 public:
  Linked() = default;
  Linked(const Linked&) = delete;
  Linked& operator=(const Linked&) = delete;

  bool linked() const noexcept { return next_ != nullptr; }

  /// Leaves its list; does nothing when it is in none.
  void unlink() noexcept {
    if (!linked()) return;
    before_->next_ = next_;
    next_->before_ = before_;
    next_ = before_ = nullptr;
  }

 protected:
  ~Linked() { unlink(); }

 private:
  friend class LinkedList<T>;
  Linked* next_ = nullptr;
  Linked* before_ = nullptr;
};

template <class T>
class LinkedList {
 public:
  LinkedList() noexcept { ends_.next_ = ends_.before_ = &ends_; }
  LinkedList(const LinkedList&) = delete;
  LinkedList& operator=(const LinkedList&) = delete;
  ~LinkedList() {
    while (pop_front() != nullptr) {
    }
  }

  bool empty() const noexcept { return ends_.next_ == &ends_; }

  /// The first; nullptr when empty.
  T* front() const noexcept { return empty() ? nullptr : static_cast<T*>(ends_.next_); }

  /// Puts `element`, which is in no list, last.
  void push_back(Linked<T>& element) noexcept { insert(element, nullptr); }

  /// The one behind `element`, which is in this list; nullptr for the last.
  T* after(const Linked<T>& element) const noexcept {
    return element.next_ == &ends_ ? nullptr : static_cast<T*>(element.next_);
  }

  /// Puts `element`, which is in no list, in front of `before`, which is in this one; last if that is nullptr.
  void insert(Linked<T>& element, Linked<T>* before) noexcept {
    Linked<T>& behind = before != nullptr ? *before : ends_;
    element.next_ = &behind;
    element.before_ = behind.before_;
    behind.before_->next_ = &element;
    behind.before_ = &element;
  }

  /// Takes the first out; nullptr when empty.
  T* pop_front() noexcept {
    T* first = front();
    if (first != nullptr) first->Linked<T>::unlink();
    return first;
  }

 private:
  struct Ends final : Linked<T> {};
  Ends ends_;
};

}  // namespace exocast
