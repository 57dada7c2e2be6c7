// Will a model run on a board, where does everything go, and how fast will it be: what `thimble plan` answers.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "thimble/model.h"
#include "thimble/plan.h"
#include "tools/plan/cost_model.h"
#include "tools/plan/fitting.h"
#include "tools/plan/hardware.h"

namespace thimble::tools {

struct Wishes {
  PlanWishes plan;
  uint32_t prompt_tokens = 16;
};

// Where a tensor lies, by bytes.
struct TensorPlace {
  Role role = Role::kTokenEmbedding;
  uint32_t layer = 0;
  std::array<uint64_t, kMediumCount> bytes{};  // by Medium
};

struct Speed {
  std::vector<StageTime> stages;   // of a token, the mean over `mean_tokens` from the first position on
  double token_seconds = 0;        // their sum
  double first_token_seconds = 0;  // a prompt of Wishes::prompt_tokens, and the token behind it
};

struct Prediction {
  Hardware hardware;
  Plan plan;
  std::string problem;                // why it does not run there; empty when it does
  std::vector<std::string> remedies;  // what would make it run, or faster
  Medium elsewhere = Medium::kFlash;  // where weights are that are not in memory
  std::vector<TensorPlace> tensors;   // in the order of the file
  uint32_t mean_tokens = 0;
  Speed speed;                 // with the kernels of today's firmware
  std::optional<Speed> plain;  // without the chip's vectors, where its kernels use them
  std::optional<double> token_joules;
};

inline constexpr uint32_t kMeanTokens = 256;  // that speed is a mean of, where the context has as many

// `file`: a model opened whole, though of its weights no byte is looked at.
Prediction predict(const Model& file, const Hardware& hardware, const Wishes& wishes);

}  // namespace thimble::tools
