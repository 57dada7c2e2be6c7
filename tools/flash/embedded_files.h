// Files of the project that are part of the program, so that nothing is looked up where it runs.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

namespace thimble::tools {

struct EmbeddedFile {
  const char* name;  // without folder and ending
  const char* text;
};

std::vector<EmbeddedFile> embedded_boards();            // boards/*.json
std::vector<EmbeddedFile> embedded_chips();             // boards/chips/*.json
std::vector<EmbeddedFile> embedded_kernels();           // boards/kernels/*.json
std::vector<EmbeddedFile> embedded_partition_tables();  // firmware/storyteller/partitions*.csv

// The one of that name. Throws Error when there is none.
nlohmann::json parsed_file(const std::vector<EmbeddedFile>& files, const std::string& name);

}  // namespace thimble::tools
