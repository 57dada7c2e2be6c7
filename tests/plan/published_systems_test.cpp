// The cost model against the engines of others, and the documents that state how it does.

#include "tests/plan/published_systems.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstdio>
#include <fstream>
#include <sstream>

namespace thimble {
namespace {

std::string row_of(const PublishedSystem& system) {
  const double predicted = predicted_rate(system);
  std::array<char, 256> row;
  std::snprintf(row.data(), row.size(), "| %s | %s | %.3g | %.3g | %+.0f %% |", system.name.c_str(),
                system.what.c_str(), system.published, predicted, 100 * (predicted / system.published - 1));
  return row.data();
}

TEST(PublishedSystems, AreTheEightOfTheDocument) { EXPECT_EQ(published_systems().size(), 8u); }

TEST(PublishedSystems, ArePredictedWithinThirtyPercent) {
  int close = 0;
  for (const PublishedSystem& system : published_systems()) {
    const double error = predicted_rate(system) / system.published - 1;
    std::printf("%s\n", row_of(system).c_str());
    close += std::abs(error) <= 0.3 ? 1 : 0;
  }
  EXPECT_GE(close, 6);
}

TEST(PublishedSystems, StandInTheDocumentsAsPredicted) {
  for (const char* const name : {"/docs/PREDICTIONS.md", "/docs/PERFORMANCE.md"}) {
    std::ifstream file(std::string(THIMBLE_SOURCE_DIR) + name);
    std::stringstream document;
    document << file.rdbuf();
    for (const PublishedSystem& system : published_systems()) {
      EXPECT_NE(document.str().find(row_of(system)), std::string::npos) << name << ": " << row_of(system);
    }
  }
}

}  // namespace
}  // namespace thimble
