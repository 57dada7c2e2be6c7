// What happens when a mapped file is cut short by somebody else: its last pages have nothing behind them any more, and
// touching one raises SIGBUS. A guarded mapping turns that into one line that names the file, and exit code 1.
#pragma once

#include <cstddef>
#include <string>

namespace thimble::host {

// From the main thread. Beyond 16 mappings at a time the signal ends the program as it would have without us.
void guard_mapping(const void* begin, size_t bytes, const std::string& path);
void release_mapping(const void* begin);

}  // namespace thimble::host
