#include "apps/cli/output.h"

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <utility>

#include "apps/cli/errors.h"
#include "apps/cli/text.h"
#include "ports/host/process.h"
#include "ports/host/terminal.h"

namespace thimble::cli {
namespace {

constexpr double kPatienceSeconds = 1.0;
constexpr double kRedrawSeconds = 0.1;
constexpr size_t kMaxBarWidth = 40;
constexpr size_t kPercentWidth = 10;  // brackets, spaces and "100 %"

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

Notes concatenated(Notes first, const Notes& second) {
  first.insert(first.end(), second.begin(), second.end());
  return first;
}

void write_notes(const Notes& notes) {
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

Progress::Progress(std::string label, bool enabled)
    : label_(std::move(label)),
      enabled_(enabled && host::is_terminal(host::Stream::kErr)),
      next_draw_(host::monotonic_seconds() + kPatienceSeconds) {}

void Progress::update(uint64_t done, uint64_t total) {
  if (!enabled_ || total == 0) return;
  const double now = host::monotonic_seconds();
  if (now < next_draw_) return;
  next_draw_ = now + kRedrawSeconds;
  const size_t columns = host::terminal_width(host::Stream::kErr);
  const size_t taken = label_.size() + kPercentWidth;
  if (columns <= taken) return;
  const size_t width = std::min(kMaxBarWidth, columns - taken);
  const double share = std::min(1.0, static_cast<double>(done) / static_cast<double>(total));
  const auto filled = static_cast<size_t>(share * static_cast<double>(width));
  const std::string bar = std::string(filled, '#') + std::string(width - filled, '.');
  std::fprintf(stderr, "\r%s [%s] %3d %%", label_.c_str(), bar.c_str(), static_cast<int>(100 * share));
  std::fflush(stderr);
  drawn_ = true;
}

void Progress::clear() {
  if (drawn_) std::fputs("\r\x1b[K", stderr);
  drawn_ = false;
}

}  // namespace thimble::cli
