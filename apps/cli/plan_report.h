// What `thimble plan` shows of its predictions: for people, for programs, and as a picture.
#pragma once

#include <string>
#include <vector>

#include "tools/plan/prediction.h"

namespace thimble::cli {

struct PlannedModel {
  std::string name;    // of its file, or of its shape
  uint64_t bytes = 0;  // of the file
  uint32_t prompt_tokens = 0;
};

// One board, with all that is known. Ends with a newline.
std::string plan_report(const PlannedModel& model, const tools::Prediction& prediction);
// A row for each board.
std::string plan_overview(const PlannedModel& model, const std::vector<tools::Prediction>& predictions);
// One document: an object with the key `boards`.
std::string plan_json(const PlannedModel& model, const std::vector<tools::Prediction>& predictions);
// Bars of the time per token by stage, and of the memory; a row for each board.
std::string plan_svg(const PlannedModel& model, const std::vector<tools::Prediction>& predictions);

}  // namespace thimble::cli
