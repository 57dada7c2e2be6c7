// Real models and their golden outputs, where a folder with them is at hand (see THIMBLE_SHARED in HACKING.md).
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "tools/convert/convert.h"

namespace thimble::testing {

// $THIMBLE_SHARED, else the folder named at configuration.
std::filesystem::path shared_folder();

std::vector<std::byte> read_file(const std::filesystem::path& path);  // throws std::runtime_error
std::string read_text(const std::filesystem::path& path);

// A real model and what llama2.c prints for it.
struct SharedModel {
  std::string name;
  std::string checkpoint;  // relative to the folder
  std::string tokenizer;
  std::string prompt;
  uint32_t steps = 0;
};
const std::vector<SharedModel>& shared_models();

// The .thm image of a llama2.c checkpoint and a tokenizer, without the hashes of a self-test.
tools::ImageBytes import_shared(const std::string& checkpoint, const std::string& tokenizer,
                                tools::WeightType type = tools::WeightType::kF32);

}  // namespace thimble::testing

// Ends the running test as skipped when the real models are not here.
#define THIMBLE_NEED_SHARED()                                                      \
  if (!std::filesystem::exists(::thimble::testing::shared_folder() / "models")) {  \
    GTEST_SKIP() << "no real models: set THIMBLE_SHARED to a folder with models/"; \
  }                                                                                \
  static_cast<void>(0)
