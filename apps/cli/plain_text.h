// One way to read a text: whatever saved it, the same text has the same bytes, and so the same tokens.
#pragma once

#include <string>

#include "apps/cli/options.h"

namespace thimble::cli {

// `bytes` of a file or of standard input as UTF-8 with LF at the ends of lines: without a byte-order mark, each CR LF
// as LF. A CR alone ended no line since the 1990s, and stays. `name` is for messages.
// Throws Failure: UTF-16 and UTF-32, with a byte-order mark or without; other bytes that no text holds.
std::string plain_text(std::string bytes, const std::string& name);

// The whole of a file as plain_text. Throws host::Error too.
std::string read_text_file(const std::string& path);

// The text that the options ask for. That of an option is taken as typed, but for its escapes. One newline at the end
// of a file or of standard input is not part of it. Without an option or a file, standard input is read unless it is a
// terminal, which gives an empty text; with one, standard input is left alone. Throws Failure and host::Error.
std::string read_text(const TextOptions& options);

}  // namespace thimble::cli
