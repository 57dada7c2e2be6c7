#include "apps/cli/encoding.h"

#include <algorithm>
#include <cstddef>

#include "apps/cli/errors.h"

namespace thimble::cli {
namespace {

constexpr size_t kAddedTokens = 8;      // BOS and the added space, generously
constexpr size_t kAddedBytes = 16;      // the added space, and no run is shorter than this
constexpr size_t kUsualRun = 1u << 16;  // with spaces between words, runs are far shorter

}  // namespace

std::vector<uint32_t> encode_text(const Tokenizer& tokenizer, std::string_view text, const EncodeOptions& options) {
  std::vector<uint32_t> ids(text.size() + kAddedTokens);
  size_t count = 0;
  Status status;
  // The workspace for the worst case, one run from end to end, is many times the text: try the usual case first.
  for (const size_t run : {std::min(text.size(), kUsualRun), text.size()}) {
    std::vector<std::byte> workspace(Tokenizer::workspace_bytes(run + kAddedBytes));
    status = tokenizer.encode(text, options, workspace, ids, &count);
    if (status.code() != Code::kTextTooLong) break;
  }
  check(status, "text");
  ids.resize(count);
  return ids;
}

}  // namespace thimble::cli
