#include "bench/quantization_study/table.h"

#include <cstdio>

namespace thimble::study {

void print_head(const char* title, const char* size, const char* more) {
  std::printf("\n%s\n%-44s %12s %11s %8s %9s %9s%s\n", title, "", size, "nats/token", "+-", "KL", "top-1", more);
}

void print_score(const std::string& name, double size, const Score& score, const char* end) {
  std::printf("%-44s %12.3f %+11.5f %8.5f %9.5f %7.2f %%%s", name.c_str(), size, score.mean_more(),
              score.error_of_more(), score.mean_divergence(), 100 * score.share_same_top(), end);
  std::fflush(stdout);
}

}  // namespace thimble::study
