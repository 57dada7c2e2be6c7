#include "tools/import/rope_table.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/bytes.h"
#include "tools/error.h"

namespace thimble::tools {
namespace {

// Exporters compute in float32: the frequency, the angle and its cosine are each rounded, so that the error grows with
// the angle. Twice what correct roundings come to; a theta that is off by a millionth shows within a few thousand
// positions.
constexpr double kAbsoluteError = 0x1p-23;
constexpr double kErrorPerRadian = 0x1p-21;

constexpr int kMostDigits = 9;          // tell any two floats apart
constexpr double kMostTheta = 0x1p127;  // rope_phase_steps() takes no more

class RopeTable {
 public:
  RopeTable(std::span<const std::byte> table, uint32_t pairs)
      : table_(table), pairs_(pairs), positions_(table.size() / sizeof(float) / 2 / pairs) {}

  bool is_blank() const {
    return std::ranges::all_of(table_, [](std::byte b) { return b == std::byte{0}; });
  }

  // The theta that the slowest pair turns by from position 0 to 1. The others say the same less precisely: the error of
  // log(theta) is that of log(angle) times pairs / pair.
  std::optional<double> theta_of_slowest_pair() const {
    if (pairs_ < 2 || positions_ < 2) return std::nullopt;  // pair 0 turns by 1, whatever theta is
    const size_t pair = pairs_ - 1;
    const double angle = std::atan2(sine(1, pair), cosine(1, pair));
    const double theta = std::exp(-std::log(angle) * static_cast<double>(pairs_) / static_cast<double>(pair));
    if (theta >= 1 && theta < kMostTheta) return theta;
    return std::nullopt;
  }

  struct Place {
    size_t position;
    size_t pair;
  };
  // The first entry that is not what theta makes it; none: theta explains the table.
  std::optional<Place> first_misfit(double theta) const {
    for (size_t pair = 0; pair < pairs_; ++pair) {
      const double frequency = std::pow(theta, -static_cast<double>(pair) / static_cast<double>(pairs_));
      for (size_t position = 0; position < positions_; ++position) {
        const double angle = static_cast<double>(position) * frequency;
        const double most = kAbsoluteError + kErrorPerRadian * angle;
        const bool fits = std::abs(cosine(position, pair) - std::cos(angle)) <= most &&
                          std::abs(sine(position, pair) - std::sin(angle)) <= most;
        if (!fits) return Place{position, pair};
      }
    }
    return std::nullopt;
  }

  double cosine(size_t position, size_t pair) const { return at(position * pairs_ + pair); }
  double sine(size_t position, size_t pair) const { return at((positions_ + position) * pairs_ + pair); }

 private:
  double at(size_t i) const { return static_cast<double>(load_f32(table_.data() + i * sizeof(float))); }

  std::span<const std::byte> table_;
  size_t pairs_;
  size_t positions_;
};

double rounded(double value, int digits) {
  const double unit = std::pow(10.0, std::floor(std::log10(value)) + 1 - digits);
  return std::round(value / unit) * unit;
}

[[noreturn]] void refuse(const RopeTable& table, RopeTable::Place at, const std::string& name) {
  throw Error(name + ": the rotary table (freq_cis_real, freq_cis_imag) fits no rope theta: position " +
              std::to_string(at.position) + ", pair " + std::to_string(at.pair) + " has cosine " +
              std::to_string(table.cosine(at.position, at.pair)) + " and sine " +
              std::to_string(table.sine(at.position, at.pair)) +
              "; name the theta that the model was trained with by --rope-theta, or export the model again");
}

}  // namespace

float rope_theta_of_table(std::span<const std::byte> bytes, uint32_t pairs, const std::string& name) {
  const RopeTable table(bytes, pairs);
  if (table.is_blank()) return kUsualRopeTheta;
  auto misfit = table.first_misfit(static_cast<double>(kUsualRopeTheta));
  if (!misfit) return kUsualRopeTheta;
  const std::optional<double> theta = table.theta_of_slowest_pair();
  for (int digits = 1; theta && digits <= kMostDigits; ++digits) {
    const auto candidate = static_cast<float>(rounded(*theta, digits));
    misfit = table.first_misfit(static_cast<double>(candidate));
    if (!misfit) return candidate;
  }
  refuse(table, *misfit, name);
}

}  // namespace thimble::tools
