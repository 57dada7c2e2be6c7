#include "firmware/storyteller/model_sources.h"

#include <algorithm>
#include <string_view>

#include "thimble/model.h"

namespace thimble::storyteller {
namespace {

// Where ports mount file systems in flash (ports/esp_idf).
constexpr const char* kPaths[] = {"/littlefs/model.thm", "/fat/model.thm", "/spiffs/model.thm"};
constexpr const char* kPartition = "model";
constexpr const char* kSecondPartition = "model_b";  // in the tables of programs with a network

ModelSource on_card(const char* path, uint64_t bytes = 0) {
  ModelSource source;
  source.kind = ModelSource::Kind::kFile;
  source.name = path;
  source.bytes = bytes;
  return source;
}

// By its header; 0: none begins there.
uint64_t bytes_in_partition(const char* label) {
  constexpr uint64_t kHeaderBytes = 128;
  const Result<port::FlashPartition> partition = port::find_flash(label);
  port::FlashMapping mapping;
  if (!partition.ok() || !port::map_flash(*partition, kHeaderBytes, &mapping).ok()) return 0;
  const Result<uint64_t> bytes = Model::image_bytes(mapping.bytes);
  port::unmap_flash(&mapping);
  return bytes.ok() ? *bytes : 0;
}

bool has_name(const port::FileName& file, std::string_view name) { return name == file.path; }

}  // namespace

ModelSources::ModelSources(const char* file, std::span<const std::byte> built_in) : built_in_(built_in) {
  if (file != nullptr) add(ModelSource::Kind::kFile, file);
  card_at_ = used_;
  for (size_t i = 0; i < kMostOnCard; ++i) add(ModelSource::Kind::kFile, "");
  for (const char* path : kPaths) add(ModelSource::Kind::kFile, path);
  add(ModelSource::Kind::kPartition, kPartition);
  if (port::find_flash(kSecondPartition).ok()) add(ModelSource::Kind::kPartition, kSecondPartition);
  if (!built_in.empty()) add(ModelSource::Kind::kBuiltIn, "built in");
}

ModelSource& ModelSources::add(ModelSource::Kind kind, const char* name) {
  ModelSource& source = sources_[used_++];
  source.kind = kind;
  source.name = name;
  return source;
}

// What was found under its name before stays what it was.
void ModelSources::look_at_card(const ModelSource* kept) {
  std::array<port::FileName, kMostOnCard> found;
  const char* const folder = port::card_folder();
  const Result<size_t> count = folder != nullptr ? port::find_files(folder, ".thm", found)
                                                 : Result<size_t>(Status::error(Code::kNotReady, "card"));
  card_status_ = count.status();
  const auto files = std::span(found).first(count.ok() ? *count : 0);
  const auto places = std::span(sources_).subspan(card_at_, kMostOnCard);
  for (ModelSource& source : places) {
    const bool there = std::any_of(files.begin(), files.end(), [&](auto& f) { return has_name(f, source.name); });
    if (&source != kept && !there) source = on_card("");
  }
  for (const port::FileName& file : files) {
    const auto known = [&](const ModelSource& source) { return has_name(file, source.name); };
    if (std::any_of(places.begin(), places.end(), known)) continue;
    const auto place = std::find_if(places.begin(), places.end(), [](auto& source) { return source.name[0] == '\0'; });
    if (place == places.end()) break;
    port::FileName& name = card_files_[static_cast<size_t>(place - places.begin())];
    name = file;
    *place = on_card(name.path, name.bytes);
  }
  ModelSource& first = places.front();
  if (first.name[0] != '\0') return;
  first.state = ModelSource::State::kAbsent;
  first.why = card_status_;
}

bool ModelSources::is_on_card(const ModelSource& source) const {
  const auto index = static_cast<size_t>(&source - sources_.data());
  return index >= card_at_ && index < card_at_ + kMostOnCard;
}

void ModelSources::look_at_partitions(const ModelSource* kept) {
  for (ModelSource& source : std::span(sources_).first(used_)) {
    if (source.kind != ModelSource::Kind::kPartition || &source == kept) continue;
    source.bytes = bytes_in_partition(source.name);
    source.state = source.bytes > 0 ? ModelSource::State::kUntried : ModelSource::State::kAbsent;
    source.why = {};
  }
}

ModelSource* ModelSources::find(std::string_view name) {
  const auto used = std::span(sources_).first(used_);
  const auto found = std::find_if(used.begin(), used.end(), [&](auto& source) { return name == source.name; });
  return name.empty() || found == used.end() ? nullptr : &*found;
}

bool ModelSources::is_shown(const ModelSource& source) const {
  const auto places = std::span(sources_).subspan(card_at_, kMostOnCard);
  const bool is_named = source.name[0] != '\0';
  const bool is_bare = std::all_of(places.begin(), places.end(), [](auto& place) { return place.name[0] == '\0'; });
  return is_named || (is_bare && &source == &places.front());
}

size_t ModelSources::count() const {
  const auto shown = [this](const ModelSource& source) { return is_shown(source); };
  return static_cast<size_t>(
      std::count_if(sources_.begin(), sources_.begin() + static_cast<std::ptrdiff_t>(used_), shown));
}

ModelSource& ModelSources::at(size_t index) {
  ModelSource* source = sources_.data();
  for (; index > 0 || !is_shown(*source); ++source) {
    if (is_shown(*source)) --index;
  }
  return *source;
}

}  // namespace thimble::storyteller
