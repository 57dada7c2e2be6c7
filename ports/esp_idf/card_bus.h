// How the card is wired, as menuconfig says it: the lines of the SDMMC host, or SPI.
#pragma once

#include "esp_err.h"
#include "sdmmc_cmd.h"

namespace thimble::esp_idf {

// The folder that the card's files appear in.
inline constexpr char kCardFolder[] = "/sdcard";

// Wakes the card and mounts its file system on kCardFolder, to be read: it is never formatted. ESP_FAIL: a card answers
// but has no FAT file system; ESP_ERR_NO_MEM; others: none answers.
esp_err_t connect_card(sdmmc_card_t** card);

// Gives back all that connect_card() took. No file is open on it.
void disconnect_card(sdmmc_card_t* card);

}  // namespace thimble::esp_idf
