#pragma once

bool esp_ptr_dma_capable(const void* pointer);
