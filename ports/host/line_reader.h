// Lines from standard input, typed or piped.
#pragma once

#include <memory>
#include <string>

namespace thimble::host {

class LineEditor;

// Unlike std::getline it tells an interrupt (process.h) from the end of the input.
class LineReader {
 public:
  enum class Result { kLine, kEnd, kInterrupted };

  LineReader();
  ~LineReader();

  // Whether somebody sits in front: standard input and stderr are a terminal. Only then is a prompt shown, and only
  // then can lines be edited, where the build has a library for it.
  bool attended() const { return attended_; }

  // Shows `prompt` on stderr and waits for a line; its newline is not part of it. A last line without one counts as a
  // line. Whatever the result, the cursor of a terminal stands at the start of a line afterwards.
  Result next(const std::string& prompt, std::string* line);

  // Puts a line among those that the cursor keys bring back. They are kept in memory alone.
  void remember(const std::string& line);

 private:
  Result read(std::string* line);

  bool attended_;
  std::unique_ptr<LineEditor> editor_;  // null: plain reading
  std::string buffer_;
  bool ended_ = false;
};

}  // namespace thimble::host
