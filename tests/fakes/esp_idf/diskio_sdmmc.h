#pragma once

#include "sdmmc_cmd.h"

unsigned char ff_diskio_get_pdrv_card(const sdmmc_card_t* card);
