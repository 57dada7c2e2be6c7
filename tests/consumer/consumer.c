/* Uses the library as a C project would.
 *   consumer MODEL.thm                 16 greedy tokens
 *   consumer MODEL.thm PROMPT SEED     the text that the model's own sampling gives
 */
#include <stdio.h>
#include <stdlib.h>
#include <thimble/thimble.h>
#include <thimble/version.h>

static bool on_text(const char* text, void* user) {
  fputs(text, user);
  return true;
}

/* The whole file, aligned to 16 as malloc does. */
static void* read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  if (file == NULL) return NULL;
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  void* bytes = malloc(*size);
  if (bytes != NULL && fread(bytes, 1, *size, file) != *size) *size = 0;
  fclose(file);
  return bytes;
}

int main(int argc, char** argv) {
  size_t model_bytes = 0;
  void* model = argc == 2 || argc == 4 ? read_file(argv[1], &model_bytes) : NULL;
  if (model == NULL) return 2;
  fprintf(stderr, "thimble %s\n", THIMBLE_VERSION);

  thimble_options_t options = thimble_default_options();
  options.max_batch = 4;
  thimble_plan_t plan = thimble_plan(model, model_bytes, &options);
  if (plan.status != THIMBLE_OK) {
    fprintf(stderr, "%s\n", plan.message);
    return 1;
  }
  void* memory = malloc(plan.bytes);
  thimble_error_t error;
  thimble_t* t = thimble_init(memory, plan.bytes, model, model_bytes, &options, &error);
  if (t == NULL) {
    fprintf(stderr, "%s\n", error.message);
    return 1;
  }
  thimble_params_t params = thimble_model_params(t);
  if (argc == 4) {
    params.seed = strtoull(argv[3], NULL, 10);
  } else {
    params.temperature = 0;
    params.max_tokens = 16;
    params.ignore_eos = true;
  }
  thimble_status_t status = thimble_set_params(t, &params);
  if (status == THIMBLE_OK) status = thimble_generate(t, argc == 4 ? argv[2] : "Once", on_text, stdout);
  puts("");
  if (status != THIMBLE_OK) fprintf(stderr, "%s\n", thimble_message(t));
  thimble_deinit(t);
  free(memory);
  free(model);
  return status == THIMBLE_OK ? 0 : 1;
}
