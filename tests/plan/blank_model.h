// Models of which nothing but the shape matters: all weights are zero.
#pragma once

#include <gtest/gtest.h>

#include <stdexcept>
#include <string>
#include <utility>

#include "tools/convert/convert.h"
#include "tools/convert/image_bytes.h"
#include "tools/synth/synthetic_model.h"

namespace thimble::testing {

class Blank {
 public:
  Blank(const ModelConfig& config, tools::WeightType type) {
    tools::ConvertOptions options;
    options.type = type;
    const auto memory = [&](uint64_t bytes) {
      image_ = tools::heap_image(bytes);
      return image_.span();
    };
    tools::blank_image_into(memory, tools::synthetic_model({"blank", config}, 1, 0), options);
    EXPECT_TRUE(model_.open(std::as_const(image_).span()).ok());
  }
  const Model& model() const { return model_; }

 private:
  tools::ImageBytes image_;
  Model model_;
};

// One of tools::known_shapes(). Throws std::out_of_range.
inline const ModelConfig& known(const std::string& name) {
  for (const tools::Shape& shape : tools::known_shapes()) {
    if (name == shape.name) return shape.config;
  }
  throw std::out_of_range(name);
}

}  // namespace thimble::testing
