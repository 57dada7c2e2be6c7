// Files of the card for the program: what is asked for here is done in the card's task (card_task.h).
#pragma once

#include <cstddef>
#include <span>

#include "ports/board.h"
#include "ports/port.h"

namespace thimble::esp_idf {

// The folder that the card's files appear in; null: there is no slot.
const char* card_folder();

// Whether a path leads to the card.
bool is_on_card(const char* path);

struct OpenCardFile;

// Errors: those of port::open_storage(). *file stays where it is until close_card_file().
Status open_card_file(const char* path, OpenCardFile** file, uint64_t* bytes);
void close_card_file(OpenCardFile* file);

// A read by its number; end_card_read() waits for it and returns the bytes that came.
void begin_card_read(OpenCardFile* file, const port::Read& read);
size_t end_card_read(OpenCardFile* file, const port::Read& read);

// Those of ports/file_writer.h.
Status create_on_card(const char* path, uint64_t bytes);
Status write_on_card(uint64_t offset, std::span<const std::byte> bytes);
Status read_back_on_card(uint64_t offset, std::span<std::byte> out);
Status finish_on_card();
void discard_on_card();
Status remove_on_card(const char* path);

// port::find_files() for a folder of the card.
Result<size_t> find_on_card(const char* folder, const char* ending, std::span<port::FileName> out);

}  // namespace thimble::esp_idf
