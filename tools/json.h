// JSON of files that may be hostile. Where the library nlohmann_json is missing, nothing that includes this is built.
#pragma once

#include <cstddef>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <optional>
#include <span>
#include <string>

namespace thimble::tools {

using Json = nlohmann::json;

// The value that the bytes spell, nested 32 deep at most. `name`: the file, for messages. Throws Error.
Json parse_json(std::span<const std::byte> bytes, const std::string& name);

// The members of objects, by key; each gives nothing where the key is absent or null, and throws Error, naming `name`
// and the key, where the value is of another kind.
std::optional<uint64_t> json_integer(const Json& object, const char* key, const std::string& name);
std::optional<double> json_number(const Json& object, const char* key, const std::string& name);
std::optional<bool> json_flag(const Json& object, const char* key, const std::string& name);
std::optional<std::string> json_text(const Json& object, const char* key, const std::string& name);
// The member itself; null where it is absent or null.
const Json* json_member(const Json& object, const char* key);

}  // namespace thimble::tools
