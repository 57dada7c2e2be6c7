// The program `thimble`: does what the command line says, and turns whatever is thrown into one line on stderr and an
// exit code: 0 done, 1 failed, 2 the command line was wrong, 130 interrupted.

#include <exception>
#include <new>
#include <string>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/output.h"
#include "apps/cli/text.h"

namespace thimble::cli {
namespace {

// One line whatever the message holds: file names may contain anything.
int refuse(const std::string& message, int exit_code) {
  write_note("thimble: " + visible(message, false));
  return exit_code;
}

int run_program(int argc, const char* const* argv) {
  try {
    const int exit_code = run_command_line({argv + 1, argv + argc});
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
