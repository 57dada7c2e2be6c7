#include "apps/cli/bench_report.h"

#include <algorithm>

#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

// Gigabytes of weights that generating read in a second, and their share of the ceiling, as two cells.
std::string reading_cells(const Contestant& who, const BenchTest& test, const BenchResults& results) {
  if (test.generated == 0) return " | ";
  const double bytes = test.median() * static_cast<double>(who.token_bytes);
  const auto ceiling = results.ceilings.find(who.token_bytes);
  return format("%.2f | ", bytes / 1e9) +
         (ceiling != results.ceilings.end() ? format("%.0f %%", 100 * bytes / ceiling->second) : "");
}

// How many times as fast as each of the others `who` is, a cell each.
std::string ratio_cells(const Contestant& who, const BenchTest& test, const Contestants& all) {
  std::string cells;
  for (const auto& other : all) {
    if (other->ours()) continue;
    cells += " ";
    for (const BenchTest& same : other->tests) {
      if (who.ours() && same.name() == test.name()) cells += format("%.2f x", test.median() / same.median());
    }
    cells += " |";
  }
  return cells;
}

// The names of all stages in their order: one that a profile has in addition stands where it has it.
std::vector<std::string> stages_of(const std::vector<const StageProfile*>& profiles) {
  std::vector<std::string> names;
  for (const StageProfile* profile : profiles) {
    auto place = names.begin();
    for (const StageSeconds& stage : profile->stages) {
      const auto known = std::find(names.begin(), names.end(), stage.stage);
      place = (known != names.end() ? known : names.insert(place, stage.stage)) + 1;
    }
  }
  return names;
}

std::string stage_cell(const StageProfile& profile, const std::string& name) {
  for (const StageSeconds& stage : profile.stages) {
    if (stage.stage != name) continue;
    return format(" %.2f (%.0f %%) |", stage.seconds * 1e6, 100 * stage.seconds / profile.token_seconds);
  }
  return " |";
}

}  // namespace

std::string bench_table(const BenchResults& results) {
  std::string head = "| model | type | bytes/token | test | median t/s | best t/s | GB/s | of the ceiling |";
  std::string rule = "|---|---|---:|---|---:|---:|---:|---:|";
  for (const auto& other : results.contestants) {
    if (other->ours()) continue;
    head += " of " + other->name() + " |";
    rule += "---:|";
  }
  std::string table = head + "\n" + rule + "\n";
  for (const auto& who : results.contestants) {
    for (const BenchTest& test : who->tests) {
      table += format("| %s | %s | %llu | %s | %.1f | %.1f | %s |", who->name().c_str(), who->types.c_str(),
                      static_cast<unsigned long long>(who->token_bytes), test.name().c_str(), test.median(),
                      test.best(), reading_cells(*who, test, results).c_str());
      table += ratio_cells(*who, test, results.contestants) + "\n";
    }
  }
  return table;
}

std::string stage_table(const BenchResults& results) {
  std::string head = "| us a token, one thread |";
  std::string rule = "|---|";
  std::vector<const StageProfile*> profiles;
  for (const auto& who : results.contestants) {
    const auto found = results.stages.find(who.get());
    if (found == results.stages.end()) continue;
    profiles.push_back(&found->second);
    head += " " + who->name() + " |";
    rule += "---:|";
  }
  if (profiles.empty()) return "";
  std::string table = head + "\n" + rule + "\n";
  for (const std::string& name : stages_of(profiles)) {
    table += "| " + name + " |";
    for (const StageProfile* profile : profiles) table += stage_cell(*profile, name);
    table += "\n";
  }
  table += "| all |";
  for (const StageProfile* profile : profiles) table += format(" %.2f |", profile->token_seconds * 1e6);
  table += "\n| calls of kernels |";
  for (const StageProfile* profile : profiles) table += format(" %.0f |", profile->calls);
  return table + "\n";
}

}  // namespace thimble::cli
