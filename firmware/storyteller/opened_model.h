// The bytes of a model, checked: mapped ones in place; of a file its tables in memory, and also its vocabulary where
// that is small, and the rest where it is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/storyteller/engine_memory.h"
#include "firmware/storyteller/model_file.h"
#include "firmware/storyteller/model_sources.h"
#include "ports/board.h"
#include "ports/port.h"
#include "thimble/engine.h"
#include "thimble/model.h"

namespace thimble::storyteller {

// One at a time is open; opening another closes it. Not copyable, since an engine keeps a pointer to its file.
class OpenedModel {
 public:
  OpenedModel() = default;
  OpenedModel(const OpenedModel&) = delete;
  OpenedModel& operator=(const OpenedModel&) = delete;
  ~OpenedModel() { close(); }

  // Checks everything but the weights of a file, which the self-test proves: lengths against the file or partition and
  // against `memory` before any of it is taken, then sections, then checksums of what is mapped. Sets source->bytes.
  // Errors: as Model::open and verify have them; kOutOfMemory (subject "head of the model"); those of
  // port::open_storage(); kNotReady (subject "model": nothing is there).
  Status open(ModelSource* source, std::span<const std::byte> built_in, EngineMemory* memory);
  void close();

  const Model& model() const { return model_; }
  bool is_file() const { return file_.is_open(); }
  ModelFile& file() { return file_; }
  const ModelFile& file() const { return file_; }
  // For Engine::init; null for a model that is mapped.
  const WeightReader* reader() const { return is_file() ? &file_.reader() : nullptr; }

 private:
  Status open_mapped(std::span<const std::byte> image);
  Status open_partition(const char* label, uint64_t* bytes);
  Status open_file(const char* path, EngineMemory* memory, uint64_t* bytes);
  Status read_head(uint64_t bytes, EngineMemory* memory);
  Status read_tables(const TableParts& parts, EngineMemory* memory);

  Model model_;
  ModelFile file_;
  port::FlashMapping mapping_;  // of a partition's model
};

}  // namespace thimble::storyteller
