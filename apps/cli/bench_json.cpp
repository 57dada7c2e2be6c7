#include <ctime>
#include <nlohmann/json.hpp>

#include "apps/cli/bench_report.h"
#include "apps/cli/statistics.h"
#include "ports/host/process.h"
#include "thimble/selftest.h"
#include "thimble/version.h"

namespace thimble::cli {
namespace {

using Json = nlohmann::ordered_json;

// "2026-01-31T12:00:00Z"
std::string time_now() {
  const std::time_t now = std::time(nullptr);
  char text[sizeof "2026-01-31T12:00:00Z"];
  std::strftime(text, sizeof text, "%FT%TZ", std::gmtime(&now));
  return text;
}

// What is so for all tests of a contestant. What is not known is absent.
Json contestant_fields(const Contestant& who, const BenchResults& results, const std::string& processor) {
  Json fields = {{"engine", who.engine}, {"cpu_info", processor}, {"model_filename", who.path}};
  if (!who.types.empty()) fields["model_type"] = who.types;
  fields["model_size"] = who.bytes;
  if (who.parameters > 0) fields["model_n_params"] = who.parameters;
  fields["bytes_per_token"] = who.token_bytes;
  if (who.ours()) {
    fields["build"] = THIMBLE_VERSION;
    fields["kernels"] = kernels_name();
    fields["n_batch"] = who.batch;
    fields["type_k"] = fields["type_v"] = who.kv_type;
  }
  fields["n_threads"] = results.threads;
  if (who.peak_bytes > 0) fields["peak_ram"] = who.peak_bytes;
  return fields;
}

void add_times(const BenchTest& test, Json* fields) {
  std::vector<double> samples_ns, samples_ts;
  for (const double s : test.seconds) {
    samples_ns.push_back(s * 1e9);
    samples_ts.push_back(test.rate(s));
  }
  fields->update({{"n_prompt", test.prompt},
                  {"n_gen", test.generated},
                  {"avg_ns", mean_of(samples_ns)},
                  {"stddev_ns", standard_deviation_of(samples_ns)},
                  {"avg_ts", mean_of(samples_ts)},
                  {"stddev_ts", standard_deviation_of(samples_ts)},
                  {"median_ts", test.median()},
                  {"best_ts", test.best()},
                  {"samples_ns", samples_ns},
                  {"samples_ts", samples_ts}});
}

void add_reading(const Contestant& who, const BenchTest& test, const BenchResults& results, Json* fields) {
  const double rate = test.median() * static_cast<double>(who.token_bytes) / 1e9;
  (*fields)["gb_per_s"] = rate;
  const auto ceiling = results.ceilings.find(who.token_bytes);
  if (ceiling == results.ceilings.end()) return;
  (*fields)["ceiling_gb_per_s"] = ceiling->second / 1e9;
  (*fields)["percent_of_ceiling"] = 100 * rate / (ceiling->second / 1e9);
}

void add_stages(const StageProfile& profile, Json* fields) {
  Json stages = Json::array();
  for (const StageSeconds& stage : profile.stages) {
    stages.push_back({{"stage", stage.stage},
                      {"ns", stage.seconds * 1e9},
                      {"percent", 100 * stage.seconds / profile.token_seconds}});
  }
  fields->update({{"stages", stages},
                  {"stages_token_ns", profile.token_seconds * 1e9},
                  {"kernel_calls", profile.calls},
                  {"clock_ns", profile.clock_seconds * 1e9}});
}

}  // namespace

std::string bench_json(const BenchResults& results) {
  Json all = Json::array();
  const std::string now = time_now(), processor = host::processor_name();
  for (const auto& who : results.contestants) {
    for (const BenchTest& test : who->tests) {
      Json fields = contestant_fields(*who, results, processor);
      fields["test_time"] = now;
      add_times(test, &fields);
      const auto profile = results.stages.find(who.get());
      if (test.generated > 0) add_reading(*who, test, results, &fields);
      if (test.generated > 0 && profile != results.stages.end()) add_stages(profile->second, &fields);
      all.push_back(fields);
    }
  }
  return all.dump(2) + "\n";
}

}  // namespace thimble::cli
