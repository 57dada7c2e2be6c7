// Where a model may come from: a file of a card or of a file system in flash, a partition, the program itself.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "thimble/status.h"

namespace thimble::storyteller {

struct ModelSource {
  enum class Kind : uint8_t { kFile, kPartition, kBuiltIn };
  enum class State : uint8_t {
    kUntried,
    kAbsent,   // nothing there, or an erased partition
    kRefused,  // see why
    kGood,     // it was opened once; one of these is the one that runs
  };

  Kind kind = Kind::kBuiltIn;
  const char* name = "";  // a path, a label
  State state = State::kUntried;
  uint64_t bytes = 0;  // of the model, where it was found
  Status why;          // it was refused

  // Goes in front of the name in what people read: "file ".
  const char* kind_name() const { return kind == Kind::kFile ? "file " : kind == Kind::kPartition ? "partition " : ""; }
};

// In the order in which they are tried: whoever put a model on a card or into a partition wants that one, and the one
// in the program always comes last.
class ModelSources {
 public:
  // `file`: a path to try before the usual ones; null: none.
  ModelSources(const char* file, std::span<const std::byte> built_in);

  std::span<ModelSource> all() { return std::span(sources_).first(count_); }
  std::span<const std::byte> built_in() const { return built_in_; }

 private:
  void add(ModelSource::Kind kind, const char* name);

  static constexpr size_t kMost = 8;
  ModelSource sources_[kMost];
  size_t count_ = 0;
  std::span<const std::byte> built_in_;
};

}  // namespace thimble::storyteller
