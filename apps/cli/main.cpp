// The program `thimble`: parses the command line, runs one command, and turns whatever is thrown into one line on
// stderr and an exit code: 0 done, 1 failed, 2 the command line was wrong, 130 interrupted.

#include <cstdio>
#include <exception>
#include <new>
#include <string>
#include <variant>

#include "apps/cli/arguments.h"
#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/output.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

struct Dispatch {
  int operator()(const HelpText& help) const {
    if (!help.asked) {
      std::fputs(help.text.c_str(), stderr);
      return kExitUsage;
    }
    write_product(help.text);
    return 0;
  }
  int operator()(const RunOptions& options) const { return run(options); }
  int operator()(const ChatOptions& options) const { return chat(options); }
  int operator()(const ConvertCommandOptions& options) const { return convert(options); }
  int operator()(const InspectOptions& options) const { return inspect(options); }
  int operator()(const TokenizeOptions& options) const { return tokenize(options); }
  int operator()(const EvalOptions& options) const { return eval(options); }
  int operator()(const SelftestOptions& options) const { return selftest(options); }
};

// One line whatever the message holds: file names may contain anything.
int refuse(const std::string& message, int exit_code) {
  write_note("thimble: " + visible(message, false));
  return exit_code;
}

int run_program(int argc, const char* const* argv) {
  try {
    const int exit_code = std::visit(Dispatch{}, parse_arguments(argc, argv));
    flush_product();
    return exit_code;
  } catch (const UsageError& error) {
    return refuse(error.what(), kExitUsage);
  } catch (const std::bad_alloc&) {
    return refuse("out of memory; end other programs, or use a smaller model or text", kExitError);
  } catch (const std::exception& error) {
    return refuse(error.what(), kExitError);
  }
}

}  // namespace
}  // namespace thimble::cli

int main(int argc, char** argv) { return thimble::cli::run_program(argc, argv); }
