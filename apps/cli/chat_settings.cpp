#include "apps/cli/chat_settings.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdlib>
#include <sstream>

#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

struct Setting {
  const char* name;
  double low;
  double high;
  void (*store)(GenerationOptions& options, double value);
};

constexpr double kMaxWhole = 9007199254740992.0;  // 2^53: whole numbers up to here survive as double
constexpr double kMaxPenalty = 1e6;               // keeps nonsense out, like the command line

constexpr std::array kSettings = {
    Setting{"temp", 0, kMaxPenalty,
            [](GenerationOptions& o, double v) { o.sampling.temperature = static_cast<float>(v); }},
    Setting{"top-k", 0, kMaxPenalty, [](GenerationOptions& o, double v) { o.sampling.top_k = static_cast<int>(v); }},
    Setting{"top-p", 1e-4, 1, [](GenerationOptions& o, double v) { o.sampling.top_p = static_cast<float>(v); }},
    Setting{"min-p", 0, 0.999999, [](GenerationOptions& o, double v) { o.sampling.min_p = static_cast<float>(v); }},
    Setting{"repeat-penalty", 1e-4, kMaxPenalty,
            [](GenerationOptions& o, double v) { o.sampling.repeat_penalty = static_cast<float>(v); }},
    Setting{"seed", 0, kMaxWhole, [](GenerationOptions& o, double v) { o.sampling.seed = static_cast<uint64_t>(v); }},
    Setting{"n", -1, kMaxWhole, [](GenerationOptions& o, double v) { o.predict = static_cast<int64_t>(v); }},
};

// Names as other programs spell them.
std::string canonical(std::string name) {
  std::replace(name.begin(), name.end(), '_', '-');
  if (name == "temperature") return "temp";
  if (name == "num-predict" || name == "predict") return "n";
  return name;
}

}  // namespace

std::string apply_setting(std::string_view words, GenerationOptions* options) {
  std::istringstream in{std::string(words)};
  std::string name;
  std::string value;
  in >> name;
  if (name == "parameter") in >> name;
  in >> value;
  name = canonical(name);
  const auto* const setting =
      std::find_if(kSettings.begin(), kSettings.end(), [&](const Setting& s) { return name == s.name; });
  if (setting == kSettings.end()) {
    std::string names;
    for (const Setting& s : kSettings) names += std::string(names.empty() ? "" : ", ") + s.name;
    return "/set NAME VALUE, where NAME is one of " + names;
  }
  char* end = nullptr;
  const double number = std::strtod(value.c_str(), &end);
  if (value.empty() || *end != '\0' || !(number >= setting->low && number <= setting->high)) {
    return format("/set %s: give a number from %.10g to %.10g", setting->name, setting->low, setting->high);
  }
  setting->store(*options, number);
  return name + " is now " + value;
}

std::string describe_settings(const SamplerParams& p, int64_t predict) {
  std::string text =
      format("temp %g, top-k %u, top-p %g, min-p %g, repeat-penalty %g, seed %llu", static_cast<double>(p.temperature),
             p.top_k, static_cast<double>(p.top_p), static_cast<double>(p.min_p), static_cast<double>(p.repeat_penalty),
             static_cast<unsigned long long>(p.seed));
  if (predict >= 0) text += ", n " + std::to_string(predict);
  return text;
}

}  // namespace thimble::cli
