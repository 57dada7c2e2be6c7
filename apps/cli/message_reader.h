// What the user says in a chat: messages of one line, or of several between fences.
#pragma once

#include <string>

#include "ports/host/line_reader.h"

namespace thimble::cli {

class MessageReader {
 public:
  // kInterrupted: Ctrl-C twice with nothing said in between, which means to leave.
  using Result = host::LineReader::Result;

  // Waits for a message that is not empty; piped ones are read as plain_text() reads a file. Afterwards no interrupt is
  // pending. Throws Failure where the input is no text in UTF-8.
  Result next(std::string* message);

  bool attended() const { return lines_.attended(); }
  // Asks a question that Enter answers with yes; where nobody sits in front, the answer is no.
  bool confirm(const std::string& question);

 private:
  Result read(std::string* message);
  Result read_fenced(std::string* message);
  Result read_line(const char* prompt, std::string* line);

  host::LineReader lines_;
};

}  // namespace thimble::cli
