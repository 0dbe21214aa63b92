// SPDX-License-Identifier: Apache-2.0
#pragma once
// IntrusiveList: a doubly linked first-in-first-out list whose links are in its elements.
//
// Nothing is allocated, an element leaves its list in constant time, and a destroyed element has left. One thread, no
// locks. Lifetime: list and elements may be destroyed in any order.

#include <cassert>

namespace exocast {

template <class T>
class IntrusiveList;

/// Base of a T that can be in one IntrusiveList<T> at a time.
template <class T>
class IntrusiveLink {
 public:
  IntrusiveLink() = default;
  IntrusiveLink(const IntrusiveLink&) = delete;
  IntrusiveLink& operator=(const IntrusiveLink&) = delete;

  bool linked() const noexcept { return next_ != nullptr; }

  /// Leaves its list; does nothing when it is in none.
  void unlink() noexcept {
    if (!linked()) return;
    before_->next_ = next_;
    next_->before_ = before_;
    next_ = before_ = nullptr;
  }

 protected:
  ~IntrusiveLink() { unlink(); }

 private:
  friend class IntrusiveList<T>;
  IntrusiveLink* next_ = nullptr;
  IntrusiveLink* before_ = nullptr;
};

template <class T>
class IntrusiveList {
 public:
  IntrusiveList() noexcept { ends_.next_ = ends_.before_ = &ends_; }
  IntrusiveList(const IntrusiveList&) = delete;
  IntrusiveList& operator=(const IntrusiveList&) = delete;
  ~IntrusiveList() {
    while (pop_front() != nullptr) {
    }
  }

  bool empty() const noexcept { return ends_.next_ == &ends_; }

  /// The first element; nullptr when empty.
  T* front() const noexcept { return at(ends_.next_); }

  /// The element behind `element`, which is in this list; nullptr for the last.
  T* after(const T& element) const noexcept {
    const Link& link = element;
    assert(link.linked());
    return at(link.next_);
  }

  /// Puts `element`, which is in no list, last.
  void push_back(T& element) noexcept { insert_before(ends_, element); }

  /// Puts `element`, which is in no list, in front of `before`, which is in this list; last if that is nullptr.
  void insert(T& element, T* before) noexcept {
    Link& behind = before != nullptr ? static_cast<Link&>(*before) : ends_;
    assert(behind.linked());
    insert_before(behind, element);
  }

  /// Takes the first element out; nullptr when empty.
  T* pop_front() noexcept {
    Link* first = ends_.next_;
    if (first == &ends_) return nullptr;
    first->unlink();
    return at(first);
  }

 private:
  using Link = IntrusiveLink<T>;
  struct Ends final : Link {};

  T* at(Link* link) const noexcept { return link != &ends_ ? &static_cast<T&>(*link) : nullptr; }

  static void insert_before(Link& behind, T& element) noexcept {
    Link& link = element;
    assert(!link.linked() && "exocast: an element can be in one list at a time");
    link.next_ = &behind;
    link.before_ = behind.before_;
    behind.before_->next_ = &link;
    behind.before_ = &link;
  }

  Ends ends_;
};

}  // namespace exocast
