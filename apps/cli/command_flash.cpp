// thimble flash: has esptool write the files of a folder to a board, and says what helps when it cannot.

#include <optional>
#include <string>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/output.h"
#include "ports/host/child.h"
#include "ports/host/file.h"
#include "ports/host/process.h"
#include "tools/flash/flash_set.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble flash --port /dev/ttyACM0 flash                        the folder that thimble image made\n"
    "  thimble flash --port /dev/ttyUSB0 firmware/storyteller/build   or that idf.py build made\n"
    "  thimble flash --port COM5 --baud 115200 flash\n\n"
    "It runs esptool, which must be installed: pip install esptool. docs/BOARDS.md says what its messages mean.\n";

constexpr uint32_t kUsualBaud = 460800;
constexpr int64_t kSlowest = 9600;
constexpr int64_t kFastest = 5'000'000;

// By the names under which people have it, the new one first.
const std::vector<std::vector<std::string>> kEsptools = {{"esptool"}, {"esptool.py"}, {"python3", "-m", "esptool"}};

struct Esptool {
  std::vector<std::string> words;  // that start it
  tools::EsptoolSpelling spelling = tools::EsptoolSpelling::kUnderscores;
};

Esptool find_esptool() {
  for (const std::vector<std::string>& words : kEsptools) {
    std::vector<std::string> question = words;
    question.emplace_back("version");
    std::string version;
    if (host::ask_program(question, &version) == 0) return {words, tools::esptool_spelling(version)};
  }
  throw Failure(
      "esptool is not installed, and it is what writes to a board; install it with: pip install esptool (or pipx, or "
      "apt-get install esptool), or open ESP-IDF's terminal, which has it");
}

std::string line_of(const std::vector<std::string>& words) {
  std::string line;
  for (const std::string& word : words) line += (line.empty() ? "" : " ") + word;
  return line;
}

class FlashCommand : public Command {
 public:
  explicit FlashCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  std::string folder_ = ".";
  std::string port_;
  uint32_t baud_ = kUsualBaud;
};

FlashCommand::FlashCommand(CLI::App& app) {
  add_text(app, "folder", &folder_, "FOLDER", "With flasher_args.json in it; the current one when left out");
  add_text(app, "--port", &port_, "PORT", "Serial port of the board");
  add_whole(app, "--baud", &baud_, kSlowest, kFastest, "N", "Speed of the port; slower where flashing stops midway");
}

int FlashCommand::run(const Invocation& invocation) {
  if (port_.empty()) {
    throw UsageError(
        "no port; name the board's with --port, such as /dev/ttyACM0, /dev/ttyUSB0, COM5 or "
        "/dev/cu.usbmodem101");
  }
  const std::string list = folder_ + "/" + tools::kFlashSetFile;
  if (!host::exists(list)) {
    throw Failure(folder_ + ": has no " + tools::kFlashSetFile + "; make it with thimble image, or with idf.py build");
  }
  const host::MappedFile file(list);
  const std::string_view text = {reinterpret_cast<const char*>(file.bytes().data()), file.bytes().size()};
  const tools::FlashSet set = tools::parse_flash_set(text, list);

  const Esptool esptool = find_esptool();
  std::vector<std::string> words = esptool.words;
  for (const std::string& word : tools::esptool_arguments(set, folder_, port_, baud_, esptool.spelling)) {
    words.push_back(word);
  }
  write_notes(invocation.notes);
  write_note("thimble: " + line_of(words));
  const std::optional<int> code = host::run_program(words);
  if (code == 0 || code == host::kInterruptedExit) return *code;
  throw Failure("esptool ended with status " + std::to_string(code.value_or(kExitError)) +
                "; hold BOOT while you tap EN, then try again; try --baud 115200, another cable (some carry no data) "
                "and the board's other port; the flash was said to have " +
                set.size + ": esptool's flash_id shows what it has; docs/BOARDS.md has more, by message");
}

}  // namespace

const CommandInfo kFlash = {"flash", "Write the files of a folder to a board", kExamples,
                            declare_command<FlashCommand>};

}  // namespace thimble::cli
