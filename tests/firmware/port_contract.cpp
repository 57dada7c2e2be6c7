// What every port promises in ports/port.h, tried on the port that this program is linked with. Prints the text that
// port_contract_test.sh expects, then one line for each part that holds; exit code 1 at the first that does not.
//
// arguments: the numbers from 0 on, seven digits and a newline each, 199,997 bytes of them; an empty file; no file

#include <array>

#include "ports/line.h"
#include "ports/port.h"

namespace thimble {
namespace {

constexpr uint64_t kFileBytes = 199'997;

// The byte at `offset` of the numbers.
char number_byte(uint32_t offset) {
  uint32_t n = offset / 8;
  if (offset % 8 == 7) return '\n';
  for (uint32_t digit = offset % 8; digit < 6; ++digit) n /= 10;
  return static_cast<char>('0' + n % 10);
}

bool expect(bool holds, const char* what) {
  if (!holds) port::print_line("FAILS: ", what);
  return holds;
}

// --- console: what the script finds on it ---

// 400 numbers in pieces of 0, 1, 2, ... bytes, so that they end anywhere; then characters of two to four bytes.
bool check_text() {
  std::array<char, 3200> numbers;
  for (uint32_t i = 0; i < numbers.size(); ++i) numbers[i] = number_byte(i);
  const std::string_view all(numbers.data(), numbers.size());
  for (size_t at = 0, n = 0; at < all.size(); at += n++) port::write_text(all.substr(at, n));
  port::yield();
  port::write_text("\xc3\xa9\xe2\x82\xac\xf0\x9f\x90\xbe\t\\\n");
  port::log_line("not of the text");
  return true;
}

// --- time ---

bool check_time() {
  const uint64_t rate = port::ticks_per_second();
  if (!expect(rate >= 100, "a hundred ticks a second")) return false;
  uint64_t last = port::ticks();
  const uint64_t first = last;
  for (uint32_t i = 0; i < 100'000 || last == first; ++i) {
    if (i % 1000 == 0) port::yield();
    const uint64_t now = port::ticks();
    if (!expect(now >= last, "ticks do not go back")) return false;
    last = now;
  }
  return expect(last - first < 60 * rate, "a short while is less than a minute") &&
         expect(port::ticks_per_second() == rate, "one rate");
}

// --- memory ---

bool in_order(const port::MemoryPiece& a, const port::MemoryPiece& b) { return a.region <= b.region; }

// Every 64th byte of a piece, and its last one.
template <class Visit>
bool for_bytes(std::span<std::byte> piece, Visit visit) {
  for (size_t at = 0; at < piece.size(); at += 64) {
    if (!visit(piece[at])) return false;
  }
  return visit(piece.back());
}

// Every piece is marked with a byte of its own before any is looked at.
bool check_memory() {
  const auto pieces = port::memory_pieces();
  std::array<size_t, kRegionCount> counts{};
  for (size_t i = 0; i < pieces.size(); ++i) {
    const auto [region, bytes] = pieces[i];
    if (!expect(!bytes.empty() && reinterpret_cast<uintptr_t>(bytes.data()) % kBlockAlignment == 0, "aligned bytes") ||
        !expect(++counts[static_cast<size_t>(region)] <= kMaxBlocks, "few pieces") ||
        !expect(i == 0 || in_order(pieces[i - 1], pieces[i]), "fast ones first")) {
      return false;
    }
    for_bytes(bytes, [i](std::byte& b) { return b = static_cast<std::byte>(i + 1), true; });
  }
  for (size_t i = 0; i < pieces.size(); ++i) {
    const auto marked = [i](std::byte b) { return b == static_cast<std::byte>(i + 1); };
    if (!expect(for_bytes(pieces[i].bytes, marked), "pieces apart")) return false;
  }
  const auto again = port::memory_pieces();
  bool same = again.size() == pieces.size();
  for (size_t i = 0; same && i < pieces.size(); ++i) same = again[i].bytes.data() == pieces[i].bytes.data();
  return expect(!pieces.empty(), "some memory") && expect(same, "the same pieces");
}

// --- storage ---

alignas(kBlockAlignment) std::array<std::array<std::byte, 70'000>, port::kMaxReads + 1> buffers;

bool holds_numbers(std::span<const std::byte> bytes, uint64_t offset) {
  auto at = static_cast<uint32_t>(offset);
  for (const std::byte b : bytes) {
    if (static_cast<char>(b) != number_byte(at++)) return false;
  }
  return true;
}

// A range of a file: where it begins, and its bytes.
struct Range {
  uint64_t offset;
  size_t bytes;
};

// Reads of every kind of place, each alone, to two alignments; the byte behind `out` stays.
bool single_reads(port::Storage* file) {
  constexpr auto kRanges = std::to_array<Range>({{0, 1},
                                                 {0, 69'999},
                                                 {1, 511},
                                                 {511, 4096},
                                                 {512, 65'536},
                                                 {65'536, 1},
                                                 {kFileBytes - 1, 1},
                                                 {kFileBytes - 69'997, 69'997},
                                                 {kFileBytes, 0}});
  for (const Range& range : kRanges) {
    for (const size_t start : {size_t{0}, size_t{3}}) {
      if (start + range.bytes >= buffers[0].size()) continue;
      buffers[0].fill(std::byte{0});
      const auto out = std::span(buffers[0]).subspan(start, range.bytes);
      port::Read read;
      if (!expect(port::begin_read(file, range.offset, out, &read).ok() && port::wait_read(&read).ok(), "a read") ||
          !expect(holds_numbers(out, range.offset), "bytes of a read") ||
          !expect(buffers[0][start + range.bytes] == std::byte{0}, "the byte behind")) {
        return false;
      }
    }
  }
  return true;
}

// As many reads under way as may be, waited for from each of them on, and one more refused.
bool overlapping_reads(port::Storage* file) {
  constexpr std::array<uint64_t, port::kMaxReads> kOffsets = {130'001, 64, 99'328};
  for (size_t first = 0; first < kOffsets.size(); ++first) {
    std::array<port::Read, kOffsets.size()> reads;
    port::Read more;
    for (size_t i = 0; i < reads.size(); ++i) {
      buffers[i].fill(std::byte{0});
      if (!expect(port::begin_read(file, kOffsets[i], std::span(buffers[i]).first(50'000), &reads[i]).ok(), "begins")) {
        return false;
      }
    }
    if (!expect(port::begin_read(file, 0, buffers.back(), &more).code() == Code::kLimit, "one read too many") ||
        !expect(port::wait_read(&more).code() == Code::kNotReady, "it is not under way")) {
      return false;
    }
    for (size_t n = 0; n < reads.size(); ++n) {
      const size_t i = (first + n) % reads.size();
      if (!expect(port::wait_read(&reads[i]).ok(), "the end of a read") ||
          !expect(holds_numbers(std::span(buffers[i]).first(50'000), kOffsets[i]), "bytes of one of several reads") ||
          !expect(port::wait_read(&reads[i]).code() == Code::kNotReady, "a read ends once")) {
        return false;
      }
    }
  }
  return true;
}

// A read that begins while another is under way takes its place when it ends, as a stream of pieces does.
bool reads_in_turn(port::Storage* file) {
  constexpr size_t kPiece = 16'384;
  std::array<port::Read, 2> reads;
  const auto piece = [](size_t n) { return std::span(buffers[n % 2]).first(kPiece); };
  if (!expect(port::begin_read(file, 0, piece(0), &reads[0]).ok(), "the first of a stream")) return false;
  for (size_t n = 0; (n + 2) * kPiece <= kFileBytes; ++n) {
    if (!expect(port::begin_read(file, (n + 1) * kPiece, piece(n + 1), &reads[(n + 1) % 2]).ok(), "the next one") ||
        !expect(port::wait_read(&reads[n % 2]).ok(), "this one") ||
        !expect(holds_numbers(piece(n), n * kPiece), "bytes of a stream")) {
      return false;
    }
  }
  for (port::Read& read : reads) (void)port::wait_read(&read);
  return true;
}

bool reads_past_the_end(port::Storage* file) {
  constexpr auto kRanges =
      std::to_array<Range>({{kFileBytes, 1}, {kFileBytes - 1, 2}, {kFileBytes + 1, 0}, {UINT64_MAX - 7, 7}});
  for (const Range& range : kRanges) {
    port::Read read;
    const Status status = port::begin_read(file, range.offset, std::span(buffers[0]).first(range.bytes), &read);
    if (!expect(status.code() == Code::kInvalidArgument, "no read past the end") ||
        !expect(status.found() == range.offset + range.bytes && status.expected() == kFileBytes, "its values") ||
        !expect(port::wait_read(&read).code() == Code::kNotReady, "and none under way")) {
      return false;
    }
  }
  return true;
}

bool check_storage(std::span<const char* const> names) {
  port::Storage file, empty, none;
  if (!expect(port::open_storage(names[0], &file).ok() && file.bytes == kFileBytes, "a file and its length") ||
      !expect(port::open_storage(names[1], &empty).ok() && empty.bytes == 0, "an empty file") ||
      !expect(port::open_storage(names[2], &none).code() == Code::kReadFailed, "no file")) {
    return false;
  }
  const bool holds =
      single_reads(&file) && reads_past_the_end(&file) && overlapping_reads(&file) && reads_in_turn(&file);
  for (port::Storage* each : {&file, &empty, &none, &none}) port::close_storage(each);
  return holds && expect(port::open_storage(names[0], &file).ok() && single_reads(&file), "a file opened again");
}

// --- workers ---

bool check_workers() {
  std::array<uint32_t, kMaxWorkers> calls{};
  const port::Workers pool(2);
  const Parallel parallel = pool.parallel();
  const Parallel::Task count = [](void* argument, uint32_t worker) { ++static_cast<uint32_t*>(argument)[worker]; };
  if (parallel.run != nullptr) parallel.run(parallel.context, count, calls.data());
  for (uint32_t w = 0; parallel.run != nullptr && w < kMaxWorkers; ++w) {
    if (!expect(calls[w] == (w < parallel.workers ? 1 : 0), "a call for each worker")) return false;
  }
  return expect(port::core_count() >= 1, "a core") &&
         expect(parallel.workers >= 1 && parallel.workers <= 2, "a worker");
}

bool report(const char* part, bool holds) {
  if (holds) port::print_line("holds: ", part);
  return holds;
}

}  // namespace
}  // namespace thimble

int thimble_main(std::span<const char* const> arguments) {
  using namespace thimble;
  if (arguments.size() != 3) return 2;
  const bool holds = report("text", check_text()) && report("time", check_time()) && report("memory", check_memory()) &&
                     report("storage", check_storage(arguments)) && report("workers", check_workers());
  return holds ? 0 : 1;
}
