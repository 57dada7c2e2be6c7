// Where a model may come from: files of a card, a file of a file system in flash, a partition, the program itself.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "ports/board.h"
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
  const char* name = "";  // a path, a label; empty: the card, which holds no model
  State state = State::kUntried;
  uint64_t bytes = 0;  // of the model, where it was found
  Status why;          // it was refused, or nothing can be there

  bool is_bare_card() const { return name[0] == '\0'; }
  // Goes in front of the name in what people read: "file ".
  const char* kind_name() const {
    if (is_bare_card()) return "card";
    return kind == Kind::kFile ? "file " : kind == Kind::kPartition ? "partition " : "";
  }
};

// In the order in which they are tried: whoever put a model on a card or into a partition wants that one, and the one
// in the program always comes last. They stay where they are, so a pointer to one holds.
class ModelSources {
 public:
  // `file`: a path to try before the usual ones; null: none.
  ModelSources(const char* file, std::span<const std::byte> built_in);

  // Looks what lies on the card now. `kept`, the source of the model that runs, keeps its place.
  void look_at_card(const ModelSource* kept);
  // Why nothing could be found there; kNotReady: the program knows of no slot.
  const Status& card_status() const { return card_status_; }
  bool is_on_card(const ModelSource& source) const;

  // Looks what lies in the partitions now; `kept` likewise.
  void look_at_partitions(const ModelSource* kept);

  // The one of that name; null: there is none.
  ModelSource* find(std::string_view name);

  size_t count() const;
  // 0..count() - 1.
  ModelSource& at(size_t index);

  std::span<const std::byte> built_in() const { return built_in_; }

 private:
  static constexpr size_t kMostOnCard = 4;
  static constexpr size_t kMost = 12;

  ModelSource& add(ModelSource::Kind kind, const char* name);
  bool is_shown(const ModelSource& source) const;

  std::array<ModelSource, kMost> sources_;
  size_t used_ = 0;
  size_t card_at_ = 0;  // of the card's, kMostOnCard in a row; the first one stands for a card without models
  std::array<port::FileName, kMostOnCard> card_files_;
  Status card_status_;
  std::span<const std::byte> built_in_;
};

}  // namespace thimble::storyteller
