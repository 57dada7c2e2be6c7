#include "apps/cli/output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <string>

#include "apps/cli/errors.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

[[noreturn]] void refuse_stdout() {
  throw Failure(std::string("standard output: cannot be written (") + std::strerror(errno) +
                "); free some space or choose another place");
}

}  // namespace

void write_product(std::string_view text) {
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) refuse_stdout();
}

void flush_product() {
  if (std::fflush(stdout) != 0) refuse_stdout();
}

void write_note(std::string_view line) {
  std::fwrite(line.data(), 1, line.size(), stderr);
  std::fputc('\n', stderr);
}

void write_notes(const std::vector<std::string>& notes, const ReportOptions& report) {
  if (report.quiet) return;
  for (const std::string& note : notes) write_note("thimble: " + visible(note, false));
}

GeneratedText::GeneratedText() : terminal_(host::is_terminal(host::Stream::kOut)) {}

void GeneratedText::write(std::string_view piece) {
  if (piece.empty()) return;
  if (terminal_) {
    write_product(visible(piece, true));
  } else {
    write_product(piece);
  }
  flush_product();
  at_line_start_ = piece.back() == '\n';
}

void GeneratedText::end() {
  if (terminal_) end_line();
}

void GeneratedText::end_line() {
  if (!at_line_start_) write_product("\n");
  flush_product();
  at_line_start_ = true;
}

}  // namespace thimble::cli
