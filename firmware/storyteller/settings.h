// What the console can set about stories.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "thimble/generator.h"
#include "thimble/sampler.h"

namespace thimble::storyteller {

class Settings {
 public:
  // What the model recommends; the length and the seed stay.
  void take_from(const Model& model) { sampler_ = model_sampling(model); }

  // "/temp", "0.5": sets it, or with no value shows it, and says so on the console; so it does with a value that cannot
  // be. False: no setting has that name.
  bool handle(std::string_view command, std::string_view value);

  // All of them, a line of the console each.
  void show() const;
  static void show_help();

  // For a story with this seed.
  GeneratorParams params(uint64_t seed) const;

  // The seed that was set, or one that is drawn: six digits at most, so that they can be typed again.
  uint64_t next_seed();
  uint64_t draw_seed();

 private:
  struct Setting;
  static const Setting kSettings[];

  SamplerParams sampler_;
  uint32_t length_ = 0;
  bool hash_ = false;
  std::optional<uint64_t> seed_;
  uint64_t drawn_ = 0;
};

}  // namespace thimble::storyteller
