// The core is not changed to be counted: this program has an active_kernels() of its own, and where a run is to be
// counted, the answer is a table that counts around the calls of the library's. A run that is not counted has the
// library's table and pays nothing.

#include "firmware/emu/stages.h"
#include "kernels/kernels.h"
#include "ports/port.h"
#include "ports/semihost/semihost.h"

namespace thimble::emu {
namespace {

StageCounts* counts = nullptr;
const Kernels* real = nullptr;
bool choose_counting = false;

// What the stage of a call depends on: the first argument where that is a matrix.
template <class... Rest>
Stage stage_of_call(Stage stage, const void* first, const Rest&...) {
  return stage == Stage::kFirstRole ? counts->stage_of_matrix(first) : stage;
}

template <auto kKernel, Stage kStage>
struct Counted;

template <class Result, class... Arguments, Result (*Kernels::*kKernel)(Arguments...), Stage kStage>
struct Counted<kKernel, kStage> {
  static Result call(Arguments... arguments) {
    struct Interval {
      Stage stage;
      uint64_t from;
      ~Interval() { counts->add(stage, from, port::ticks()); }
    };
    const Interval interval{stage_of_call(kStage, arguments...), port::ticks()};
    return (real->*kKernel)(arguments...);
  }
};

constinit const Kernels kCounting = kernels_around<Counted>("counting");

}  // namespace

void StageCounts::start_counting(const Model& model) {
  model_ = &model;
  const uint64_t from = port::ticks();
  overhead_ = semihost::instructions_between(from, port::ticks());
  counts = this;
  choose_counting = true;
}

void StageCounts::stop_counting() { choose_counting = false; }

void StageCounts::add(Stage stage, uint64_t from, uint64_t to) {
  const uint64_t instructions = semihost::instructions_between(from, to);
  counts_[static_cast<size_t>(stage)] += instructions > overhead_ ? instructions - overhead_ : 0;
}

}  // namespace thimble::emu

const thimble::Kernels& thimble::active_kernels() {
  emu::real = &library_kernels();
  return emu::choose_counting ? emu::kCounting : *emu::real;
}
