// thimble image: a folder with all that goes into the flash of a board, every size checked before anything is written.

#include <algorithm>
#include <span>
#include <string>
#include <vector>

#include "apps/cli/commands.h"
#include "apps/cli/errors.h"
#include "apps/cli/model_source.h"
#include "apps/cli/text.h"
#include "ports/host/file.h"
#include "tools/flash/board.h"
#include "tools/flash/flash_set.h"
#include "tools/flash/partition_table.h"

namespace thimble::cli {
namespace {

constexpr const char* kExamples =
    "Examples:\n"
    "  thimble image story.thm --board esp32-s3-n16r8 -o flash\n"
    "  thimble image story.thm --board esp32-s3-n16r8 -o flash --app firmware/storyteller/build\n"
    "  thimble flash --port /dev/ttyACM0 flash\n\n"
    "Without --app the folder holds the model for its partition, and the partition table that the firmware of that\n"
    "flash size has, or with --network that of a program with the network; with --app the whole flash, by the table "
    "of\n"
    "that build. flasher_args.json is what ESP-IDF calls the\n"
    "list of files and offsets; thimble flash and other tools read it. Nothing is written when a size does not fit.\n";

constexpr const char* kModelFile = "model.bin";
constexpr const char* kTableFile = "partitions.csv";
constexpr const char* kTable = "partitions.csv of the firmware";
constexpr const char* kAnyPort = "PORT";
constexpr uint32_t kUsualBaud = 460800;
constexpr uint64_t kUsualTableOffset = 0x8000;
constexpr std::byte kErased{0xFF};

using Bytes = std::span<const std::byte>;

std::string_view text_of(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }
Bytes bytes_of(const std::string& text) { return std::as_bytes(std::span(text)); }

// A file of the folder that goes into the flash.
struct Part {
  uint64_t offset = 0;
  std::string name;
  Bytes bytes;
};

// What the folder will hold.
struct Contents {
  tools::FlashSet set;  // its files are written down last, from `parts`
  tools::PartitionTable table;
  uint64_t table_offset = kUsualTableOffset;
  std::vector<Part> parts;
  std::vector<host::MappedFile> files;  // that parts view
  std::string csv;                      // empty: the build has its table
};

// The firmware's own table, for a model alone.
Contents contents_for(const tools::Board& board, bool network) {
  Contents contents;
  contents.set.chip = board.chip.id;
  contents.csv = tools::partition_csv(board.flash_bytes, network);
  contents.table = tools::parse_partition_csv(contents.csv, kTable);
  return contents;
}

void check_build(const tools::FlashSet& set, const tools::Board& board, const std::string& build) {
  if (set.chip != board.chip.id) {
    throw Failure(build + ": was built for " + set.chip + ", but " + board.name + " has an " + board.chip.id +
                  "; build it again: idf.py set-target " + board.chip.id);
  }
  if (tools::flash_size_bytes(set.size) > board.flash_bytes) {
    throw Failure(build + ": was built for " + set.size + " of flash, but " + board.name + " has " +
                  tools::flash_size_name(board.flash_bytes) +
                  "; choose its size in menuconfig, Serial flasher config, Flash size, and build it again");
  }
  if (set.table_path.empty()) throw Failure(build + ": has no partition table; build the program with idf.py build");
}

// What a build of ESP-IDF has made, by its own table.
Contents contents_of_build(const tools::Board& board, const std::string& build) {
  const std::string list = build + "/" + tools::kFlashSetFile;
  Contents contents;
  contents.set = tools::parse_flash_set(text_of(host::MappedFile(list).bytes()), list);
  check_build(contents.set, board, build);
  for (const tools::FlashFile& listed : contents.set.files) {
    const host::MappedFile& file = contents.files.emplace_back(build + "/" + listed.path);
    contents.parts.push_back({listed.offset, file_name(listed.path), file.bytes()});
    if (listed.path != contents.set.table_path) continue;
    contents.table = tools::parse_partition_table(file.bytes(), file.path());
    contents.table_offset = listed.offset;
  }
  for (const Part& part : contents.parts) {
    tools::check_room(contents.table, contents.table_offset, part.offset, part.bytes.size(), build + ": " + part.name,
                      "make the partition larger in the project's partition table");
  }
  return contents;
}

// Into its partition, in place of one that the build put there. Throws when it does not fit there, into the flash, or
// into what the chip can map.
void add_model(const LoadedModel& loaded, const tools::Board& board, Contents* contents) {
  const tools::Partition* partition = tools::find_partition(contents->table, tools::kModelLabel);
  if (partition == nullptr) {
    throw Failure(std::string("the build's partition table has no partition \"") + tools::kModelLabel +
                  "\"; add one, as in firmware/storyteller/partitions_16mb.csv, and build again");
  }
  const Bytes image = loaded.model.image();
  const char* remedy = "convert it to a smaller type (thimble convert --type q4), or choose a board with more flash";
  tools::check_room(contents->table, contents->table_offset, partition->offset, image.size(), loaded.path, remedy);
  const uint64_t end = partition->offset + partition->bytes;
  if (end > board.flash_bytes) {
    throw Failure(std::string("the partition ") + tools::kModelLabel + " ends " +
                  std::to_string(end - board.flash_bytes) + " bytes behind the flash of " + board.name +
                  "; correct the project's partition table");
  }
  if (image.size() > board.chip.mapped_flash_bytes) {
    throw Failure(loaded.path + ": has " + std::to_string(image.size() - board.chip.mapped_flash_bytes) +
                  " bytes more than an " + board.chip.name + " can map of its flash; " + remedy);
  }
  std::erase_if(contents->parts, [&](const Part& part) { return part.offset == partition->offset; });
  contents->parts.push_back({partition->offset, kModelFile, image});
}

// The list of files, as esptool will get them.
void list_files(const tools::Board& board, Contents* contents) {
  contents->set.size = tools::flash_size_name(board.flash_bytes);
  contents->set.files.clear();
  for (const Part& part : contents->parts) contents->set.files.push_back({part.offset, part.name});
}

// A line per partition, with what is in it as far as it is known.
std::string partition_text(const Contents& contents) {
  std::string text = format("  %-10s %10s %12s %12s %12s\n", "partition", "offset", "bytes", "in use", "free");
  for (const tools::Partition& partition : contents.table) {
    text += format("  %-10s %10s %12llu", visible(partition.label, false).c_str(),
                   tools::offset_text(partition.offset).c_str(), static_cast<unsigned long long>(partition.bytes));
    const auto part = std::ranges::find(contents.parts, partition.offset, &Part::offset);
    if (part != contents.parts.end()) {
      const size_t bytes = part->bytes.size();
      text += format(" %12zu %12llu", bytes, static_cast<unsigned long long>(partition.bytes - bytes));
    }
    text += "\n";
  }
  return text;
}

std::string esptool_line(const char* program, const Contents& contents, const std::string& folder,
                         tools::EsptoolSpelling spelling) {
  std::string line = program;
  for (const std::string& word : tools::esptool_arguments(contents.set, folder, kAnyPort, kUsualBaud, spelling)) {
    line += " " + word;
  }
  return line + "\n";
}

class ImageCommand : public Command {
 public:
  explicit ImageCommand(CLI::App& app);
  int run(const Invocation& invocation) override;

 private:
  LoadedModel sound_model(Notes* notes);
  void write(const Contents& contents) const;
  void refuse_earlier_files(const Contents& contents) const;
  void write_file(const std::string& name, Bytes bytes) const;
  void report(const tools::Board& board, const Contents& contents) const;

  ModelOptions model_;
  std::string board_;
  std::string folder_;
  std::string build_;
  bool network_ = false;
  bool force_ = false;
};

ImageCommand::ImageCommand(CLI::App& app) {
  model_.declare(app);
  add_choice(app, "--board", &board_, tools::board_names(), "NAME", "The board that the flash belongs to");
  add_text(app, "-o,--output", &folder_, "FOLDER", "Where the files go; made when it is not there");
  add_text(app, "--app", &build_, "FOLDER", "A build folder of ESP-IDF, whose program goes into the flash, too");
  add_flag(app, "--network", &network_, "By the table of a program with the network, which has two models");
  add_flag(app, "--force", &force_, "Replace the files of an earlier image");
}

// A damaged model would be found by the chip, far from where it can be mended.
LoadedModel ImageCommand::sound_model(Notes* notes) {
  model_.check_or_use_shipped("image", notes);
  LoadedModel loaded = load_model(model_);
  if (!loaded.source_format.empty()) {
    throw Failure(loaded.path + ": a chip reads .thm files; convert it first: thimble convert " +
                  file_name(loaded.path));
  }
  check(loaded.model.verify(), loaded.path);
  return loaded;
}

void ImageCommand::refuse_earlier_files(const Contents& contents) const {
  std::vector<std::string> names = {tools::kFlashSetFile, kTableFile};
  for (const Part& part : contents.parts) names.push_back(part.name);
  for (const std::string& name : names) {
    if (!host::exists(folder_ + "/" + name)) continue;
    throw Failure(folder_ + ": has a " + name + " already; choose another folder, or replace it with --force");
  }
}

void ImageCommand::write_file(const std::string& name, Bytes bytes) const {
  host::AtomicFile file(folder_ + "/" + name);
  file.write(bytes);
  // Flash is erased and written by the sector; a whole last one leaves no doubt about what stands behind the model.
  const size_t last = bytes.size() % tools::kSectorBytes;
  if (name == kModelFile && last != 0) file.write(std::vector<std::byte>(tools::kSectorBytes - last, kErased));
  file.commit();
}

// The list comes last: where it is, all of it is.
void ImageCommand::write(const Contents& contents) const {
  host::create_folder(folder_);
  if (!force_) refuse_earlier_files(contents);
  for (const Part& part : contents.parts) write_file(part.name, part.bytes);
  if (!contents.csv.empty()) write_file(kTableFile, bytes_of(contents.csv));
  write_file(tools::kFlashSetFile, bytes_of(tools::flash_set_text(contents.set)));
}

void ImageCommand::report(const tools::Board& board, const Contents& contents) const {
  using enum tools::EsptoolSpelling;
  write_product(board.name + ": " + board.title + "\n\n" + partition_text(contents) + "\n");
  write_product("esptool 5:  " + esptool_line("esptool", contents, folder_, kHyphens));
  write_product("esptool 4:  " + esptool_line("esptool.py", contents, folder_, kUnderscores));
  write_product("either:     thimble flash --port " + std::string(kAnyPort) + " " + folder_ + "\n");
}

int ImageCommand::run(const Invocation& invocation) {
  Notes notes = invocation.notes;
  if (board_.empty()) throw UsageError("no board; name one with --board, see: thimble image --help");
  if (folder_.empty()) throw UsageError("no folder to write to; name one with -o");
  if (network_ && !build_.empty()) throw UsageError("--app and --network; the build has its own table, leave out one");
  const LoadedModel loaded = sound_model(&notes);
  const tools::Board board = tools::find_board(board_);
  Contents contents = build_.empty() ? contents_for(board, network_) : contents_of_build(board, build_);
  add_model(loaded, board, &contents);
  list_files(board, &contents);
  write(contents);
  loaded.file.check_unchanged();
  write_notes(notes);
  report(board, contents);
  return 0;
}

}  // namespace

const CommandInfo kImage = {"image", "Make the files for the flash of a board", kExamples,
                            declare_command<ImageCommand>};

}  // namespace thimble::cli
