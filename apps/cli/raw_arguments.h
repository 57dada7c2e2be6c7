// The command line as CLI11 leaves it, on its way to a Request: values that need more than a range check.
#pragma once

#include <string>
#include <vector>

#include "apps/cli/options.h"

namespace thimble::cli {

struct RawArguments {
  RunOptions run;
  ChatOptions chat;
  ConvertCommandOptions convert;
  InspectOptions inspect;
  TokenizeOptions tokenize;
  EvalOptions eval;
  SelftestOptions selftest;

  std::string reference;  // empty: not asked for
  std::string command;
  std::string positional_model;
  std::string model;
  std::string prompt;
  bool has_prompt = false;  // -p "" is not the same as no -p
  std::string text_file;
  std::string seed = "-1";
  std::string threads = "-1";
  std::vector<std::string> kv_types;
  std::string color = "auto";
  std::string weight_type = "q8";
  std::vector<std::string> logit_bias;
  bool escape = true;
  bool no_escape = false;
  bool no_bos = false;
  bool no_display_prompt = false;

  std::vector<std::string> words;       // as typed
  std::vector<std::string> leftovers;   // arguments that nothing took
  std::vector<std::string> long_flags;  // of the command
  std::vector<std::string> notes;
};

// Throws UsageError.
Request make_request(RawArguments& raw);

}  // namespace thimble::cli
