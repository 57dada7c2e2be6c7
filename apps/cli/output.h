// What the program writes: the product on stdout, everything else on stderr.
#pragma once

#include <string_view>
#include <vector>

#include "apps/cli/options.h"

namespace thimble::cli {

// Writes to stdout; flush_product() must follow at the end. Throw Failure when stdout cannot take it (disk full).
void write_product(std::string_view text);
void flush_product();

// Writes a line to stderr, where a failure has nobody left to tell.
void write_note(std::string_view line);
// Each note as "thimble: NOTE", unless quiet.
void write_notes(const std::vector<std::string>& notes, const ReportOptions& report);

// Generated text on its way to stdout, piece by piece. On a terminal, control characters but newline and tab are
// shown in caret notation, and end() puts the cursor at the start of a line; anything else gets exactly the text.
class GeneratedText {
 public:
  GeneratedText();
  void write(std::string_view piece);
  void end();
  // Ends the line wherever stdout leads, so that answers of a chat stand apart.
  void end_line();

 private:
  bool terminal_;
  bool at_line_start_ = true;
};

}  // namespace thimble::cli
