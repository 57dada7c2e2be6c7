// Language models that others run on an ESP32-S3, with the speed that they publish: what a cost model must predict that
// has seen none of them.
#pragma once

#include <string>
#include <vector>

#include "tools/plan/cost_model.h"

namespace thimble {

struct PublishedSystem {
  std::string name;
  std::string what;      // model, weights, where they lie
  double published = 0;  // tokens a second
  tools::Machine machine;
  std::vector<tools::Work> token;  // the mean token of the run
  double waits = 0;                // seconds a token that no processor and no memory takes
};

std::vector<PublishedSystem> published_systems();

double predicted_rate(const PublishedSystem& system);

}  // namespace thimble
