#include "apps/cli/errors.h"

#include <array>

namespace thimble::cli {
namespace {

// Commands that know more about what was asked (run, eval, inspect, chat) say it themselves; this is for the rest.
const char* remedy(Code code) {
  switch (code) {
    case Code::kOk:
      return "";
    case Code::kTruncated:
      return "the file is cut short: copy or convert it again";
    case Code::kBadMagic:
      return "its first bytes are damaged, as by a transfer in text mode: copy it again";
    case Code::kVersionNewer:
      return "use a newer thimble, or convert the model again with this one";
    case Code::kVersionOlder:
      return "convert the model again with this version";
    case Code::kCorrupt:
    case Code::kMalformed:
      return "the file is damaged: copy or convert it again";
    case Code::kUnsupported:
      return "use a newer thimble";
    case Code::kLimit:
      return "no version so far takes more: use a smaller model";
    case Code::kNonFinite:
      return "training or export spoilt it: export the model again, and convert that";
    case Code::kInvalidArgument:
      return "thimble help COMMAND has the range";
    case Code::kMismatch:
      return "parts of two models are in one file: convert the model again";
    case Code::kOutOfMemory:
      return "choose a smaller context with -c";
    case Code::kContextFull:
      return "shorten the text";
    case Code::kBadToken:
      return "token ids must be below the vocabulary's size";
    case Code::kTextTooLong:
      return "shorten the text, or break it with spaces";
    case Code::kNotReady:
      return "this is a fault of the program: please report it";
    case Code::kArithmetic:
      return "build without -ffast-math and similar options";
    case Code::kReadFailed:
      return "check the storage";
    case Code::kCancelled:
      return "start it again";
  }
  return "";
}

}  // namespace

std::string describe(const Status& status) {
  std::array<char, 256> text;
  return std::string(format_status(status, text)) + "; " + remedy(status.code());
}

void check(const Status& status, const std::string& subject) {
  if (!status.ok()) throw Failure(subject + ": " + describe(status));
}

}  // namespace thimble::cli
