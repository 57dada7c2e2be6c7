#include "apps/cli/numbers.h"

#include <array>
#include <cmath>
#include <cstdlib>
#include <string_view>

namespace thimble::cli {
namespace {

struct Suffix {
  std::string_view name;
  double factor;
};
constexpr std::array kSuffixes = {Suffix{"", 1},          Suffix{"k", 1e3},      Suffix{"K", 1e3},
                                  Suffix{"M", 1e6},       Suffix{"G", 1e9},      Suffix{"Ki", 1u << 10},
                                  Suffix{"Mi", 1u << 20}, Suffix{"Gi", 1u << 30}};

constexpr double kMostCounted = 9007199254740992;  // 2^53

}  // namespace

std::optional<double> real_number(const std::string& text) {
  char* end = nullptr;
  const double value = std::strtod(text.c_str(), &end);
  if (text.empty() || *end != '\0') return std::nullopt;
  return value;
}

std::optional<int64_t> whole_amount(const std::string& text) {
  char* end = nullptr;
  double value = std::strtod(text.c_str(), &end);
  std::string_view rest = end;
  if (end == text.c_str()) return std::nullopt;
  if (rest.ends_with('B')) rest.remove_suffix(1);
  for (const Suffix& suffix : kSuffixes) {
    if (rest != suffix.name) continue;
    value *= suffix.factor;
    // NaN is not at most anything.
    if (!(std::fabs(value) <= kMostCounted) || value != std::floor(value)) return std::nullopt;
    return static_cast<int64_t>(value);
  }
  return std::nullopt;
}

}  // namespace thimble::cli
