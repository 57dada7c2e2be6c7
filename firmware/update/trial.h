// Whether a program that starts for the first time stays: only when a model proved itself and a story was told. All
// else, a restart in between included, brings the one before back.
#pragma once

#include <cstdint>

namespace thimble::update {

class Trial {
 public:
  // A story on the slowest chip takes a minute or two.
  static constexpr uint64_t kMostMicroseconds = 600'000'000;

  enum class Verdict : uint8_t {
    kNone,    // no trial, or it is over
    kOpen,    // not decided yet
    kKeep,    // port::keep_program(); said once
    kReturn,  // port::return_to_program_before(); said once
  };

  void start(bool is_on_trial, uint64_t now_us) {
    open_ = is_on_trial;
    proved_ = false;
    ends_us_ = now_us + kMostMicroseconds;
  }

  // A model is ready and its self-test held, or not.
  Verdict on_self_test(bool held) {
    proved_ = held;
    return held ? pending() : end(Verdict::kReturn);
  }
  // The first story has ended, as it should or not.
  Verdict on_story(bool told) { return end(told && proved_ ? Verdict::kKeep : Verdict::kReturn); }
  // Nothing happened, so far.
  Verdict on_time(uint64_t now_us) { return now_us < ends_us_ ? pending() : end(Verdict::kReturn); }

 private:
  Verdict pending() const { return open_ ? Verdict::kOpen : Verdict::kNone; }
  Verdict end(Verdict verdict) {
    const bool decides = open_;
    open_ = false;
    return decides ? verdict : Verdict::kNone;
  }

  bool open_ = false;
  bool proved_ = false;
  uint64_t ends_us_ = 0;
};

}  // namespace thimble::update
