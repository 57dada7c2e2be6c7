#include "firmware/storyteller/model_sources.h"

namespace thimble::storyteller {
namespace {

// Where ports mount what they find (ports/esp_idf): a card, then file systems in flash.
constexpr const char* kPaths[] = {"/sdcard/model.thm", "/littlefs/model.thm", "/fat/model.thm", "/spiffs/model.thm"};
constexpr const char* kPartition = "model";

}  // namespace

ModelSources::ModelSources(const char* file, std::span<const std::byte> built_in) : built_in_(built_in) {
  if (file != nullptr) add(ModelSource::Kind::kFile, file);
  for (const char* path : kPaths) add(ModelSource::Kind::kFile, path);
  add(ModelSource::Kind::kPartition, kPartition);
  if (!built_in.empty()) add(ModelSource::Kind::kBuiltIn, "built in");
}

void ModelSources::add(ModelSource::Kind kind, const char* name) {
  sources_[count_].kind = kind;
  sources_[count_++].name = name;
}

}  // namespace thimble::storyteller
