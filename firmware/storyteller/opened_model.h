// The bytes of a model, checked: mapped ones in place, a file's head in memory and its weights where they are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "firmware/storyteller/engine_memory.h"
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
  // Errors: as Model::open and verify have them; kOutOfMemory (subject "head of the model"); kReadFailed; kNotReady
  // (subject "model": nothing is there).
  Status open(ModelSource* source, std::span<const std::byte> built_in, EngineMemory* memory);
  void close();

  const Model& model() const { return model_; }
  bool is_file() const { return file_.handle >= 0; }
  // For Engine::init; null for a model that is mapped.
  const WeightReader* reader() const { return is_file() ? &reader_ : nullptr; }

 private:
  Status open_mapped(std::span<const std::byte> image);
  Status open_partition(std::span<const std::byte> partition, uint64_t* bytes);
  Status open_file(const char* path, EngineMemory* memory, uint64_t* bytes);
  Status read_start(uint64_t bytes, EngineMemory* memory, std::span<std::byte>* start);
  Status read(uint64_t offset, std::span<std::byte> out);

  Model model_;
  port::Storage file_;
  WeightReader reader_;
};

}  // namespace thimble::storyteller
