#include "tools/json.h"

#include "tools/error.h"

namespace thimble::tools {
namespace {

constexpr int kMostDepth = 32;

[[noreturn]] void refuse(const std::string& name, const char* key, const char* what) {
  throw Error(name + ": key " + key + " is not " + what + "; the file is damaged, or of an unknown kind");
}

}  // namespace

Json parse_json(std::span<const std::byte> bytes, const std::string& name) {
  const auto* text = reinterpret_cast<const char*>(bytes.data());
  const auto check_depth = [&](int depth, Json::parse_event_t, const Json&) {
    if (depth > kMostDepth) throw Error(name + ": JSON nested more than 32 deep; the file is damaged");
    return true;
  };
  try {
    return Json::parse(text, text + bytes.size(), check_depth);
  } catch (const Json::parse_error& error) {
    throw Error(name + ": no JSON at byte " + std::to_string(error.byte) +
                "; the file was cut short, or it is damaged: copy it again");
  } catch (const Json::out_of_range&) {
    throw Error(name + ": a number in it is out of range; the file is damaged");
  }
}

const Json* json_member(const Json& object, const char* key) {
  if (!object.is_object()) return nullptr;
  const auto found = object.find(key);
  return found == object.end() || found->is_null() ? nullptr : &*found;
}

std::optional<uint64_t> json_integer(const Json& object, const char* key, const std::string& name) {
  const Json* value = json_member(object, key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number_unsigned()) refuse(name, key, "a whole number from 0");
  return value->get<uint64_t>();
}

std::optional<double> json_number(const Json& object, const char* key, const std::string& name) {
  const Json* value = json_member(object, key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_number()) refuse(name, key, "a number");
  return value->get<double>();
}

std::optional<bool> json_flag(const Json& object, const char* key, const std::string& name) {
  const Json* value = json_member(object, key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_boolean()) refuse(name, key, "true or false");
  return value->get<bool>();
}

std::optional<std::string> json_text(const Json& object, const char* key, const std::string& name) {
  const Json* value = json_member(object, key);
  if (value == nullptr) return std::nullopt;
  if (!value->is_string()) refuse(name, key, "a text");
  return value->get<std::string>();
}

}  // namespace thimble::tools
