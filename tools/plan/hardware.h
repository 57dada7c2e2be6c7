// A board as a program finds it: what boards/*.json says, for a framework and with the radio on or off.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "thimble/memory.h"
#include "tools/plan/cost_model.h"
#include "tools/plan/kernel_costs.h"

namespace thimble::tools {

enum class Framework : uint8_t { kIdf, kArduino };

struct Setup {
  Framework framework = Framework::kIdf;
  bool wifi = false;
};

struct Hardware {
  std::string name;   // "esp32-s3-n16r8"
  std::string title;  // which hardware that is
  std::string chip;   // "ESP32-S3"
  Machine machine;
  MemoryLayout memory;                       // what an engine can have
  uint64_t model_bytes = 0;                  // of flash for a model, by the firmware's table
  uint64_t mapped_bytes = 0;                 // of flash that can be mapped at once
  std::optional<double> watts;               // while computing, without the radio; absent: no sourced figure
  KernelCosts kernels;                       // of its firmware
  std::optional<KernelCosts> plain_kernels;  // what it would have without vectors
  std::vector<std::string> assumptions;      // each number that a prediction uses, with its kind and source
};

// The name of the board that `name` means: its own, or one that it is sold under (`also`). Empty: there is none.
std::string board_called(const std::string& name);

// `board`: one of board_names().
bool has_radio(const std::string& board);

// `board`: one of board_names(). Throws Error: a radio that is not there; memory whose speed nobody knows.
Hardware hardware_of(const std::string& board, const Setup& setup);

}  // namespace thimble::tools
