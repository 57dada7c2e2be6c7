// Editing a line on a terminal: cursor keys, history, whole characters.
#pragma once

#include <memory>
#include <string>

#include "ports/host/line_reader.h"

namespace thimble::host {

class LineEditor {
 public:
  virtual ~LineEditor() = default;
  // As LineReader's, but kEnd leaves the cursor behind the prompt.
  virtual LineReader::Result next(const std::string& prompt, std::string* line) = 0;
  virtual void remember(const std::string& line) = 0;
};

// Over standard input and stderr, which must be a terminal. Null where this build has no library to edit with, or
// where the terminal cannot move its cursor. One at a time.
std::unique_ptr<LineEditor> open_line_editor();

}  // namespace thimble::host
