// Lines of the tables.
#pragma once

#include <string>

#include "bench/quantization_study/judge.h"

namespace thimble::study {

// `size` and `more` head the column of sizes and what may follow the scores.
void print_head(const char* title, const char* size, const char* more = "");
void print_score(const std::string& name, double size, const Score& score, const char* end = "\n");

}  // namespace thimble::study
