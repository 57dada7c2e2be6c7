#include "tools/plan/cost_model.h"

#include <algorithm>

namespace thimble::tools {

const char* medium_name(Medium medium) {
  static constexpr std::array<const char*, kMediumCount> kNames = {"fast", "bulk", "flash", "card"};
  return kNames[static_cast<size_t>(medium)];
}

Time& Time::operator+=(const Time& other) {
  compute += other.compute;
  memory += other.memory;
  storage += other.storage;
  barriers += other.barriers;
  return *this;
}

Time time_of(const Machine& machine, const Work& work) {
  const double cores = work.shared ? machine.cores : 1;
  Time time;
  time.compute = work.cycles / machine.hz / cores;
  if (work.shared && machine.cores > 1) time.barriers = work.joins * machine.join_seconds;
  if (work.bytes == 0 || work.medium == Medium::kFast) return time;
  const Rate& rate = machine.rate(work.medium);
  if (work.medium == Medium::kCard) {
    time.compute += work.bytes * machine.check_cycles / machine.hz;
    time.storage = std::max(0.0, work.bytes / rate.one_core - time.compute);
    return time;
  }
  const double busy = time.compute + work.bytes / rate.one_core / cores;
  const double bus = work.bytes / (cores > 1 ? rate.all_cores : rate.one_core);
  time.memory = std::max(busy, bus) - time.compute;
  return time;
}

std::vector<StageTime> times_of(const Machine& machine, const std::vector<Work>& works) {
  std::vector<StageTime> stages;
  for (const Work& work : works) {
    auto stage = std::ranges::find(stages, work.stage, &StageTime::stage);
    if (stage == stages.end()) stage = stages.insert(stages.end(), {work.stage, 0, {}});
    Time time = time_of(machine, work);
    if (work.in_turns) time.storage = std::max(0.0, time.storage - stage->time.compute - stage->time.memory);
    stage->time += time;
    if (work.medium != Medium::kFast) stage->bytes += work.bytes;
  }
  return stages;
}

Time total_of(const std::vector<StageTime>& stages) {
  Time total;
  for (const StageTime& stage : stages) total += stage.time;
  return total;
}

}  // namespace thimble::tools
