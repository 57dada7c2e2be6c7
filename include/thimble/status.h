// Status and Result: how every fallible call of the core reports what went wrong.
//
// A Status is plain data: a code, the name of what was at fault (a string literal, never owned), an index
// (layer, token, block, ...), and the value found beside the one expected. The library never prints; a
// program turns a Status into one line with format_status().
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace thimble {

// At most 25 codes; a program may switch on them. Texts: status_text().
enum class Code : uint8_t {
  kOk = 0,
  // The model file.
  kTruncated,     // fewer bytes than the format needs
  kBadMagic,      // not a .thm file at all
  kVersionNewer,  // written by a newer format version than this library reads
  kVersionOlder,  // an old major version that this library no longer reads
  kCorrupt,       // a checksum differs, or padding is not zero
  kMalformed,     // a field contradicts another field or the format
  kUnsupported,   // well-formed, but something this build does not implement
  kLimit,         // a count above the documented cap
  kNonFinite,     // a weight is NaN or infinite
  // The request.
  kInvalidArgument,  // an option outside its documented range
  kMismatch,         // two things that do not belong together (plan and model, ...)
  kOutOfMemory,      // the plan does not fit the regions, or the buffer is too small
  kContextFull,      // no room for another token
  kBadToken,         // a token id >= vocab_size
  kTextTooLong,      // more text than the output or the workspace holds
  kNotReady,         // called before a successful init or start
  // The machine.
  kArithmetic,  // the floating-point unit is not IEEE-754 single as docs/NUMERICS.md needs
  kReadFailed,  // a port could not deliver bytes
  kCancelled,   // the caller stopped the work
};
inline constexpr int kCodeCount = static_cast<int>(Code::kCancelled) + 1;

// Short English text of a code, "malformed" for kMalformed. Static storage; never null.
const char* status_text(Code code);

class [[nodiscard]] Status {
 public:
  constexpr Status() = default;  // ok

  // A failure. `subject` names the field, tensor or option at fault; it must be a string literal.
  // Not constexpr: gcc 12 at -Os would keep constant Statuses in writable memory.
  static Status error(Code code, const char* subject) { return Status(code, subject); }

  // Which one of several (layer, token index, block, section); shown as "subject 3".
  constexpr Status at(size_t index) const {
    Status s = *this;
    s.index_ = static_cast<uint32_t>(index);
    return s;
  }
  // The value found, and the one that was expected.
  constexpr Status got(uint64_t found, uint64_t expected) const { return with(Values::kExpected, found, expected); }
  // The value found, and the most that is allowed.
  constexpr Status above(uint64_t found, uint64_t most) const { return with(Values::kAtMost, found, most); }

  constexpr bool ok() const { return code_ == Code::kOk; }
  constexpr Code code() const { return code_; }
  constexpr const char* subject() const { return subject_; }
  constexpr int64_t index() const { return index_ == kNoIndex ? -1 : int64_t{index_}; }  // -1: none
  constexpr bool has_values() const { return values_ != Values::kNone; }
  constexpr uint64_t found() const { return found_; }
  constexpr uint64_t expected() const { return expected_; }
  constexpr bool at_most() const { return values_ == Values::kAtMost; }  // expected() is a bound

 private:
  enum class Values : uint8_t { kNone, kExpected, kAtMost };
  static constexpr uint32_t kNoIndex = UINT32_MAX;

  constexpr Status(Code code, const char* subject) : code_(code), subject_(subject) {}

  constexpr Status with(Values values, uint64_t found, uint64_t expected) const {
    Status s = *this;
    s.values_ = values;
    s.found_ = found;
    s.expected_ = expected;
    return s;
  }

  Code code_ = Code::kOk;
  Values values_ = Values::kNone;
  const char* subject_ = "";
  uint32_t index_ = kNoIndex;
  uint64_t found_ = 0;
  uint64_t expected_ = 0;
};

// Writes "malformed: tensor wq rows 3: found 63, expected 64", or "at most 64" for a bound, into `out`, NUL-terminated
// and cut to fit. Returns the view of what was written (without the NUL). `out` must hold at least one byte.
std::string_view format_status(const Status& status, std::span<char> out);

// A value or the Status that explains its absence. T must be default-constructible.
template <class T>
class [[nodiscard]] Result {
 public:
  constexpr Result(T value) : value_(value) {}                 // NOLINT: implicit by design
  constexpr Result(const Status& status) : status_(status) {}  // NOLINT: implicit by design

  constexpr bool ok() const { return status_.ok(); }
  constexpr const Status& status() const { return status_; }
  constexpr const T& value() const { return value_; }  // meaningful only when ok()
  constexpr const T* operator->() const { return &value_; }
  constexpr const T& operator*() const { return value_; }

 private:
  Status status_;
  T value_{};
};

// Leaves the current function with the Status of `expr` unless it is ok.
#define THIMBLE_RETURN_IF_ERROR(expr)                  \
  do {                                                 \
    const ::thimble::Status thimble_status_ = (expr);  \
    if (!thimble_status_.ok()) return thimble_status_; \
  } while (false)

}  // namespace thimble
