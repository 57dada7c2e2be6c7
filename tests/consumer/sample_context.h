/* What the C samples of the documents take as given. The block follows as the inside of sample(). */
#include <stdlib.h>
#include <thimble/thimble.h>

#define THIMBLE_SAMPLE_END return 0;

int sample(const void* model, size_t model_bytes, thimble_options_t options, void* memory, thimble_text_fn on_text,
           void* user) {
