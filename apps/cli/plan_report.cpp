#include "apps/cli/plan_report.h"

#include <algorithm>
#include <array>
#include <map>

#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

using tools::Medium;
using tools::Prediction;
using tools::Speed;

constexpr size_t kBarWidth = 32;

std::string bar(double share) {
  const auto filled = static_cast<size_t>(std::clamp(share, 0.0, 1.0) * kBarWidth + 0.5);
  return std::string(filled, '#') + std::string(kBarWidth - filled, '.');
}

unsigned long long whole(uint64_t value) { return value; }

double rate_of(const Speed& speed) { return 1 / speed.token_seconds; }

// "fast", or in a list of blocks "fast 0".
std::string memory_table(const Prediction& p) {
  std::string table = "memory         in use           of\n";
  for (size_t r = 0; r < kRegionCount; ++r) {
    const auto& blocks = p.hardware.memory.regions[r];
    for (size_t b = 0; b < blocks.count; ++b) {
      const size_t used = p.plan.block_bytes[r][b];
      table +=
          format("  %-4s %zu  %12zu %12zu  %s\n", region_name(static_cast<Region>(r)), b, used, blocks.block_bytes[b],
                 bar(static_cast<double>(used) / static_cast<double>(blocks.block_bytes[b])).c_str());
    }
  }
  return table;
}

// Layers that lie alike, as one line.
struct Group {
  std::string what;
  uint64_t first = 0;
  uint64_t last = 0;
  bool layers = false;
  std::array<uint64_t, tools::kMediumCount> bytes{};
};

// Consecutive layers whose every tensor lies wholly in one place, the same for all; single tensors else.
std::vector<Group> groups_of(const Prediction& p) {
  std::vector<Group> groups;
  for (const tools::TensorPlace& tensor : p.tensors) {
    const auto in_one = std::ranges::count_if(tensor.bytes, [](uint64_t bytes) { return bytes > 0; }) == 1;
    const bool layer = in_layer(tensor.role) && in_one;
    Group* last = groups.empty() ? nullptr : &groups.back();
    const auto same_place = [&] {
      for (size_t m = 0; m < tools::kMediumCount; ++m) {
        if ((last->bytes[m] > 0) != (tensor.bytes[m] > 0)) return false;
      }
      return true;
    };
    if (layer && last != nullptr && last->layers && same_place()) {
      last->last = tensor.layer;
    } else {
      groups.push_back({role_name(tensor.role), tensor.layer, tensor.layer, layer, {}});
      if (in_layer(tensor.role) && !in_one) groups.back().what += format(" of layer %u", tensor.layer);
    }
    for (size_t m = 0; m < tools::kMediumCount; ++m) groups.back().bytes[m] += tensor.bytes[m];
  }
  return groups;
}

std::string place_table(const Prediction& p) {
  std::string table = "weights                       fast         bulk        flash         card\n";
  for (const Group& group : groups_of(p)) {
    std::string what = group.what;
    if (group.layers) {
      what = group.first == group.last ? format("in layer %llu", whole(group.first))
                                       : format("layers %llu to %llu", whole(group.first), whole(group.last));
    }
    table += format("  %-20s", what.c_str());
    for (const uint64_t bytes : group.bytes) {
      table += bytes == 0 ? format("%12s ", "-") : format("%12llu ", whole(bytes));
    }
    table.back() = '\n';
  }
  std::array<size_t, kRegionCount> cache{};
  for (size_t i = 0; i < p.plan.kv_run_count; ++i) {
    const Placement& place = p.plan.kv_runs[i].place;
    cache[static_cast<size_t>(place.region)] += place.bytes;
  }
  table += format("  %-20s%12zu %12zu\n", "kv cache", cache[0], cache[1]);
  std::array<size_t, kRegionCount> buffers{};
  for (const Placement& place : p.plan.buffers) {
    if (&place != &p.plan.at(Buffer::kKvCache)) buffers[static_cast<size_t>(place.region)] += place.bytes;
  }
  return table + format("  %-20s%12zu %12zu\n", "other buffers", buffers[0], buffers[1]);
}

std::string time_table(const Prediction& p, const Speed& speed) {
  std::string table =
      format("time of a token, in microseconds, predicted; the mean of %u from the first on\n", p.mean_tokens);
  table += "  stage         compute    memory   storage  barriers       all\n";
  const auto line = [&](const std::string& name, const tools::Time& t, double share) {
    table += format("  %-12s%9.1f %9.1f %9.1f %9.1f %9.1f", name.c_str(), 1e6 * t.compute, 1e6 * t.memory,
                    1e6 * t.storage, 1e6 * t.barriers, 1e6 * t.total());
    if (share >= 0) table += "  " + bar(share);
    table += "\n";
  };
  for (const tools::StageTime& stage : speed.stages)
    line(stage.stage, stage.time, stage.time.total() / speed.token_seconds);
  line("all", total_of(speed.stages), -1);
  return table;
}

std::string speed_lines(const PlannedModel& model, const Prediction& p) {
  std::string lines =
      format("predicted: %.1f tok/s, first token after %s for a prompt of %u; kernels %s, as its firmware has them\n",
             rate_of(p.speed), format_seconds(p.speed.first_token_seconds).c_str(), model.prompt_tokens,
             p.hardware.kernels.name.c_str());
  if (p.plain) {
    lines +=
        format("           %.1f tok/s, first token after %s with kernels %s, without its vectors\n", rate_of(*p.plain),
               format_seconds(p.plain->first_token_seconds).c_str(), p.hardware.plain_kernels->name.c_str());
  }
  if (p.token_joules) lines += format("           %.2f mJ a token\n", 1e3 * *p.token_joules);
  return lines;
}

std::string list_of(const std::string& title, const std::vector<std::string>& items) {
  if (items.empty()) return {};
  std::string text = title + ":\n";
  for (const std::string& item : items) text += "  " + item + "\n";
  return text;
}

std::string heading(const PlannedModel& model, const Prediction& p) {
  return format("%s, %llu bytes, on %s\n", model.name.c_str(), whole(model.bytes), p.hardware.name.c_str()) +
         p.hardware.title + "\n";
}

// "flash", "PSRAM": where most of a token's weights are read from.
std::string slowest_home(const Prediction& p) {
  std::array<uint64_t, tools::kMediumCount> bytes{};
  for (const tools::TensorPlace& tensor : p.tensors) {
    for (size_t m = 0; m < tools::kMediumCount; ++m) bytes[m] += tensor.bytes[m];
  }
  std::string text;
  for (size_t m = 0; m < tools::kMediumCount; ++m) {
    if (bytes[m] > 0) text += (text.empty() ? "" : " + ") + std::string(medium_name(static_cast<Medium>(m)));
  }
  return text;
}

}  // namespace

std::string plan_report(const PlannedModel& model, const Prediction& p) {
  std::string text = heading(model, p) + "\n";
  if (!p.problem.empty()) {
    return text + "does not run there: " + p.problem + "\n" + list_of("\nwhat would make it fit", p.remedies) +
           list_of("\nassumptions", p.hardware.assumptions);
  }
  if (p.elsewhere == Medium::kCard) text += "the file does not fit into flash; this is with it on an SD card\n\n";
  text += format("context %u, %u tokens a sweep of a prompt, kv cache of %s, %u workers\n\n", p.plan.options.context,
                 p.plan.options.max_batch, kv_type_name(p.plan.options.kv_type), p.plan.options.max_workers);
  text += memory_table(p) + "\n" + place_table(p) + "\n" + time_table(p, p.speed) + "\n";
  if (p.plain)
    text += "without vectors, with kernels " + p.hardware.plain_kernels->name + ":\n" + time_table(p, *p.plain) + "\n";
  text += speed_lines(model, p) + list_of("\nwhat would make it fit into flash", p.remedies);
  return text + list_of("\nassumptions", p.hardware.assumptions);
}

std::string plan_overview(const PlannedModel& model, const std::vector<Prediction>& predictions) {
  std::string text =
      format("%s, %llu bytes; predicted, no board has been measured\n\n", model.name.c_str(), whole(model.bytes));
  text += "board                  context  weights in             tok/s  first token  without vectors\n";
  for (const Prediction& p : predictions) {
    if (!p.problem.empty()) {
      text += format("%-22s does not run: %s\n", p.hardware.name.c_str(), p.problem.c_str());
      continue;
    }
    text += format("%-22s %7u  %-18s %9.1f %12s", p.hardware.name.c_str(), p.plan.options.context,
                   slowest_home(p).c_str(), rate_of(p.speed), format_seconds(p.speed.first_token_seconds).c_str());
    text += p.plain ? format("  %.1f\n", rate_of(*p.plain)) : "\n";
  }
  return text + "\nthimble plan ... --board NAME shows where everything goes, and what the figures rest on\n";
}

}  // namespace thimble::cli
