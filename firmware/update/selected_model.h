// Which model the board begins with: the name of a source (firmware/storyteller/model_sources.h), stored as a setting,
// so that a cut of the power leaves the one before or the one after.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

#include "thimble/status.h"

namespace thimble::update {

class SelectedModel {
 public:
  // Reads what is stored; a store that fails counts as one that is empty.
  void load();

  // Empty: none was selected, and the usual order holds.
  std::string_view name() const { return {name_.data(), bytes_}; }

  // Only for a model that has proved itself. Errors: those of port::store_setting(); then the one before stays.
  Status select(std::string_view name);
  Status forget();

 private:
  std::array<char, 64> name_{};  // as long as a port::FileName
  size_t bytes_ = 0;
};

// Labels of the partitions that hold models. Programs without a second one have the first alone.
inline constexpr std::array<const char*, 2> kModelPartitions = {"model", "model_b"};

}  // namespace thimble::update
