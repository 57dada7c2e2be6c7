#pragma once

#include "sdmmc_cmd.h"

// As IDF's, this header takes BYTE from ff.h without including it.
BYTE ff_diskio_get_pdrv_card(const sdmmc_card_t* card);
