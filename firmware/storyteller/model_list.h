// The board's models as JSON, for clients.
#pragma once

#include <array>
#include <string_view>

#include "firmware/storyteller/model_sources.h"

namespace thimble::storyteller {

class ModelList {
 public:
  static constexpr size_t kMostBytes = 2048;

  // `in_use`: the one that tells; null: none. Of a list that would be longer the last ones are left out.
  ModelList(ModelSources& sources, const ModelSource* in_use);

  std::string_view text() const { return {text_.data(), bytes_}; }

 private:
  std::array<char, kMostBytes> text_;
  size_t bytes_ = 0;
};

}  // namespace thimble::storyteller
