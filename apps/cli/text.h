// Small services on text: formatting, sizes, escapes, and what may be sent to a terminal.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace thimble::cli {

// printf into a string.
__attribute__((format(printf, 1, 2))) std::string format(const char* pattern, ...);

std::string format_bytes(uint64_t bytes);               // "1.2 MiB"
std::string format_seconds(double seconds);             // "12.3 ms", "4.56 s"
std::string format_rate(double count, double seconds);  // "1234 tok/s"

// Control characters in caret notation ("^[" for escape), so that a text can neither move the cursor nor change
// the terminal. Newline and tab pass when `keep_layout`.
std::string visible(std::string_view text, bool keep_layout);

// Turns \n \t \r \\ \" \' and \xNN into what they stand for; other backslashes stay.
std::string unescape(std::string_view text);

// Without white space at both ends.
std::string_view strip(std::string_view text);

// The last component of a path.
std::string file_name(const std::string& path);

}  // namespace thimble::cli
