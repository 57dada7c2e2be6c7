// The core has no clock, and its kernels have no context. So this program has an active_kernels() of its own: an engine
// that is made while kernels are to be timed gets a table that looks at the clock around each call of the library's.
// Only that engine pays for it.

#include "apps/cli/stage_profile.h"

#include <algorithm>
#include <array>
#include <memory>
#include <unordered_map>

#include "apps/cli/errors.h"
#include "apps/cli/session.h"
#include "apps/cli/statistics.h"
#include "engine/stages.h"
#include "kernels/kernels.h"
#include "ports/host/process.h"
#include "ports/port.h"
#include "thimble/thimble.hpp"

namespace thimble {
namespace cli {
namespace {

constexpr uint32_t kSomeToken = 1;
constexpr size_t kTurns = 5;

// The finest clock of the processor. A kernel of a small model takes less time than the system's clock does.
uint64_t cycles() {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#elif defined(__aarch64__)
  uint64_t now = 0;
  asm volatile("mrs %0, cntvct_el0" : "=r"(now));
  return now;
#else
  return port::ticks();
#endif
}

// What two looks at the clock with nothing in between are apart.
uint64_t empty_interval() {
  std::vector<double> intervals(1001);
  for (double& interval : intervals) {
    const uint64_t from = cycles();
    interval = static_cast<double>(cycles() - from);
  }
  return static_cast<uint64_t>(median_of(intervals));
}

// Cycles by stage. One at a time.
class StageTimer {
 public:
  explicit StageTimer(const Model& model) : model_(model), nothing_(empty_interval()) {}

  void add(Stage stage, uint64_t from, uint64_t to) {
    const uint64_t interval = to - from;
    cycles_[static_cast<size_t>(stage)] += interval > nothing_ ? interval - nothing_ : 0;
    ++calls_[static_cast<size_t>(stage)];
  }
  // Looked for once: a walk through all tensors takes longer than some products.
  Stage stage_of_matrix(const void* data) {
    const auto known = matrices_.find(data);
    if (known != matrices_.end()) return known->second;
    return matrices_[data] = thimble::stage_of_matrix(model_, data);
  }

  uint64_t of(Stage stage) const { return cycles_[static_cast<size_t>(stage)]; }
  uint64_t calls(Stage stage) const { return calls_[static_cast<size_t>(stage)]; }
  uint64_t nothing() const { return nothing_; }
  void clear() {
    cycles_ = {};
    calls_ = {};
  }

 private:
  const Model& model_;
  const uint64_t nothing_;
  std::unordered_map<const void*, Stage> matrices_;
  std::array<uint64_t, kStageCount> cycles_{};
  std::array<uint64_t, kStageCount> calls_{};
};

const Kernels* real = nullptr;   // the library's
StageTimer* timer = nullptr;     // of the table of timed kernels
bool engines_are_timed = false;  // those that are made now

template <class... Rest>
Stage stage_of_call(Stage stage, const void* first, const Rest&...) {
  return stage == Stage::kFirstRole ? timer->stage_of_matrix(first) : stage;
}

template <auto kKernel, Stage kStage>
struct Timed;

struct Interval {
  Stage stage;
  uint64_t from;
  ~Interval() { timer->add(stage, from, cycles()); }
};

template <class Result, class... Arguments, Result (*Kernels::*kKernel)(Arguments...), Stage kStage>
struct Timed<kKernel, kStage> {
  static Result call(Arguments... arguments) {
    const Interval interval{stage_of_call(kStage, arguments...), cycles()};
    return (real->*kKernel)(arguments...);
  }
};

template <class Result, class... Arguments, Result (*HeadKernels::*kKernel)(Arguments...), Stage kStage>
struct Timed<kKernel, kStage> {
  static Result call(Arguments... arguments) {
    const Interval interval{kStage, cycles()};
    return (head_kernels(*real)->*kKernel)(arguments...);
  }
};

// Of all heads where the library has such kernels.
constexpr Kernels kTimedKernels = kernels_around<Timed>("timed");
#if defined(THIMBLE_HEAD_KERNELS)
constexpr HeadKernels kTimedHeads = head_kernels_around<Timed>();
constexpr Kernels kTimedAllHeads = [] {
  Kernels set = kTimedKernels;
  set.heads = &kTimedHeads;
  return set;
}();
const Kernels& timed_kernels() { return head_kernels(*real) != nullptr ? kTimedAllHeads : kTimedKernels; }
#else
const Kernels& timed_kernels() { return kTimedKernels; }
#endif

// An engine that generates the same tokens again and again, and a sampler that looks at each one's logits, as the
// Generator's does.
class Rehearsal {
 public:
  Rehearsal(const LoadedModel& loaded, const PlanOptions& plan, StageTimer* its_timer)
      : subject_(loaded.path), timer_(its_timer) {
    engines_are_timed = its_timer != nullptr;
    session_ = std::make_unique<Session>(loaded.model, plan, loaded.path);
    engines_are_timed = false;
  }

  // Seconds.
  double generate(uint32_t tokens) {
    Engine& engine = session_->engine();
    check(engine.rewind(0), subject_);
    const LogitsSink sink{[](void* self, uint32_t, uint32_t first_row, std::span<const float> logits) {
                            static_cast<Rehearsal*>(self)->feed(first_row, logits);
                          },
                          this};
    const double start = host::monotonic_seconds();
    for (uint32_t i = 0; i < tokens; ++i) {
      timed(Stage::kSampler, [&] { sampler_.begin(i + 1, {&kSomeToken, 1}, sampled_size(), Choice::kByLook); });
      check(engine.forward({&kSomeToken, 1}, LogitsOf::kLast, &sink), subject_);
      timed(Stage::kSampler, [&] { sampler_.pick(); });
    }
    return host::monotonic_seconds() - start;
  }

 private:
  uint32_t sampled_size() { return session_->engine().tokenizer().sampled_size(); }

  void feed(uint32_t first_row, std::span<const float> logits) {
    const size_t left = sampled_size() > first_row ? sampled_size() - first_row : 0;
    timed(Stage::kSampler, [&] { sampler_.feed(first_row, logits.first(std::min(logits.size(), left))); });
  }

  template <class Body>
  void timed(Stage stage, const Body& body) {
    if (timer_ == nullptr) return body();
    const uint64_t from = cycles();
    body();
    timer_->add(stage, from, cycles());
  }

  std::string subject_;
  StageTimer* timer_;
  std::unique_ptr<Session> session_;
  Sampler sampler_;
};

// What several runs took.
class Runs {
 public:
  explicit Runs(uint32_t tokens) : tokens_(tokens) {}

  void add_whole(double seconds) { whole_.push_back(seconds / tokens_); }
  void add_stages(const StageTimer& times, double cycle_seconds) {
    for (size_t i = 0; i < kStageCount; ++i) {
      const auto stage = static_cast<Stage>(i);
      seconds_[i].push_back(static_cast<double>(times.of(stage)) * cycle_seconds / tokens_);
      calls_[i] = static_cast<double>(times.calls(stage)) / tokens_;
    }
    clock_seconds_ = static_cast<double>(times.nothing()) * cycle_seconds;
  }

  // Medians.
  StageProfile profile() const {
    StageProfile profile = {.token_seconds = median_of(whole_), .clock_seconds = clock_seconds_};
    double rest = profile.token_seconds;
    for (size_t i = 0; i < kStageCount; ++i) {
      if (calls_[i] == 0) continue;
      const auto stage = static_cast<Stage>(i);
      const double seconds = median_of(seconds_[i]);
      add(&profile.stages, i < kRoleCount ? product_stage(static_cast<Role>(i)) : stage_name(stage), seconds);
      if (stage != Stage::kSampler) profile.calls += calls_[i];
      rest -= seconds;
    }
    add(&profile.stages, "engine", std::max(rest, 0.0));
    return profile;
  }

 private:
  static void add(std::vector<StageSeconds>* stages, const std::string& name, double seconds) {
    const auto same = [&](const StageSeconds& stage) { return stage.stage == name; };
    const auto found = std::find_if(stages->begin(), stages->end(), same);
    if (found == stages->end()) {
      stages->push_back({name, seconds});
    } else {
      found->seconds += seconds;
    }
  }

  const uint32_t tokens_;
  std::vector<double> whole_;
  std::array<std::vector<double>, kStageCount> seconds_;
  std::array<double, kStageCount> calls_{};
  double clock_seconds_ = 0;
};

}  // namespace

StageProfile profile_stages(const LoadedModel& loaded, const PlanOptions& plan, uint32_t tokens) {
  PlanOptions alone = plan;
  alone.max_workers = 1;
  StageTimer times(loaded.model);
  timer = &times;
  real = &library_kernels();  // asks the processor, which takes long on a machine that is simulated
  Rehearsal as_always(loaded, alone, nullptr);
  Rehearsal measured(loaded, alone, &times);
  as_always.generate(tokens);
  measured.generate(tokens);
  Runs runs(tokens);
  for (size_t i = 0; i < kTurns; ++i) {
    runs.add_whole(as_always.generate(tokens));
    times.clear();
    const uint64_t from = cycles();
    const double seconds = measured.generate(tokens);
    runs.add_stages(times, seconds / static_cast<double>(cycles() - from));
  }
  timer = nullptr;
  return runs.profile();
}

}  // namespace cli

const Kernels& active_kernels() { return cli::engines_are_timed ? cli::timed_kernels() : library_kernels(); }

}  // namespace thimble
