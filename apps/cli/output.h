// What the program writes: the product on stdout, everything else on stderr.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace thimble::cli {

// Writes to stdout; flush_product() must follow at the end. Throw Failure when stdout cannot take it (disk full).
void write_product(std::string_view text);
void flush_product();

// Writes a line to stderr, where a failure has nobody left to tell.
void write_note(std::string_view line);

// Remarks on the command line and on the model.
using Notes = std::vector<std::string>;
Notes concatenated(Notes first, const Notes& second);
// Each as "thimble: NOTE".
void write_notes(const Notes& notes);

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

// A progress bar for work that turns out to take long. Draws on stderr, only when that is a terminal and the work has
// taken a second; leaves nothing behind.
class Progress {
 public:
  explicit Progress(std::string label, bool enabled = true);
  Progress(const Progress&) = delete;
  Progress& operator=(const Progress&) = delete;
  ~Progress() { clear(); }

  void update(uint64_t done, uint64_t total);
  void clear();

 private:
  std::string label_;
  bool enabled_;
  bool drawn_ = false;
  double next_draw_;
};

}  // namespace thimble::cli
