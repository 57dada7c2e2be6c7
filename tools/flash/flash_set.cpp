#include "tools/flash/flash_set.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tools/error.h"

namespace thimble::tools {
namespace {

using Json = nlohmann::ordered_json;

// The keys of flasher_args.json.
constexpr const char* kSettings = "flash_settings";
constexpr const char* kFiles = "flash_files";
constexpr const char* kTable = "partition-table";
constexpr const char* kExtra = "extra_esptool_args";

constexpr int kHyphensSince = 5;  // major version of esptool

FlashSet read(const Json& json) {
  FlashSet set;
  set.chip = json.at(kExtra).at("chip");
  const Json& settings = json.at(kSettings);
  set.mode = settings.at("flash_mode");
  set.frequency = settings.at("flash_freq");
  set.size = settings.at("flash_size");
  for (const auto& [offset, path] : json.at(kFiles).items()) {
    set.files.push_back({std::strtoull(offset.c_str(), nullptr, 0), path});
  }
  std::ranges::sort(set.files, {}, &FlashFile::offset);
  if (json.contains(kTable)) set.table_path = json.at(kTable).at("file");
  return set;
}

std::string spelled(std::string word, EsptoolSpelling spelling) {
  if (spelling == EsptoolSpelling::kUnderscores) return word;
  std::ranges::replace(word, '_', '-');
  return word;
}

}  // namespace

FlashSet parse_flash_set(std::string_view text, const std::string& name) {
  try {
    return read(Json::parse(text));
  } catch (const Json::exception& error) {
    throw Error(name + ": is not what a build of ESP-IDF or thimble image writes (" + error.what() +
                "); make the folder again");
  }
}

std::string flash_set_text(const FlashSet& set) {
  Json files = Json::object();
  for (const FlashFile& file : set.files) files[offset_text(file.offset)] = file.path;
  Json json;
  json["write_flash_args"] = {"--flash_mode", set.mode, "--flash_size", set.size, "--flash_freq", set.frequency};
  json[kSettings] = {{"flash_mode", set.mode}, {"flash_size", set.size}, {"flash_freq", set.frequency}};
  json[kFiles] = files;
  json[kExtra] = {{"after", "hard_reset"}, {"before", "default_reset"}, {"stub", true}, {"chip", set.chip}};
  return json.dump(2) + "\n";
}

EsptoolSpelling esptool_spelling(std::string_view version) {
  const size_t digit = version.find_first_of("0123456789");
  const int major = digit == std::string_view::npos ? 0 : std::atoi(std::string(version.substr(digit)).c_str());
  return major >= kHyphensSince ? EsptoolSpelling::kHyphens : EsptoolSpelling::kUnderscores;
}

std::vector<std::string> esptool_arguments(const FlashSet& set, const std::string& folder, const std::string& port,
                                           uint32_t baud, EsptoolSpelling spelling) {
  std::vector<std::string> words = {"--chip", set.chip, "--port", port, "--baud", std::to_string(baud)};
  words.push_back(spelled("write_flash", spelling));
  const std::array<std::pair<const char*, const std::string*>, 3> settings = {
      {{"--flash_mode", &set.mode}, {"--flash_freq", &set.frequency}, {"--flash_size", &set.size}}};
  for (const auto& [flag, value] : settings) {
    if (*value == "keep") continue;  // esptool's default
    words.push_back(spelled(flag, spelling));
    words.push_back(*value);
  }
  for (const FlashFile& file : set.files) {
    words.push_back(offset_text(file.offset));
    words.push_back(folder + "/" + file.path);
  }
  return words;
}

std::string flash_size_name(uint64_t bytes) { return std::to_string(bytes >> 20) + "MB"; }

uint64_t flash_size_bytes(const std::string& name) {
  const bool megabytes = name.ends_with("MB");
  return megabytes ? std::strtoull(name.c_str(), nullptr, 10) << 20 : 0;
}

std::string offset_text(uint64_t offset) {
  std::array<char, 24> text = {};
  std::snprintf(text.data(), text.size(), "0x%llx", static_cast<unsigned long long>(offset));
  return text.data();
}

}  // namespace thimble::tools
