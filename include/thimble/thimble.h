/* Thimble for C: a model in memory, blocks of memory, text out. The C++ API (thimble.hpp) offers more.
 *
 *   thimble_plan_t plan = thimble_plan(model, model_bytes, NULL);
 *   if (plan.status != THIMBLE_OK) { puts(plan.message); return; }
 *   thimble_error_t error;
 *   thimble_t* t = thimble_init(malloc(plan.bytes), plan.bytes, model, model_bytes, NULL, &error);
 *   if (t == NULL) { puts(error.message); return; }
 *   thimble_generate(t, "Once upon a time", on_text, user);
 *   thimble_deinit(t);
 *
 * Nothing is allocated by the library. No function prints, aborts or keeps global state; two instances may run in two
 * threads. A NULL `options` means the defaults.
 */
#ifndef THIMBLE_THIMBLE_H
#define THIMBLE_THIMBLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Statuses are the values of thimble::Code (thimble/status.h); 0 is success. */
typedef int thimble_status_t;
enum { THIMBLE_OK = 0 };

/* An instance; lives at the start of the memory given to thimble_init. */
typedef struct thimble_instance thimble_t;

/* How keys and values are kept; see KvType in thimble/plan.h. */
typedef int thimble_kv_type_t;
enum {
  THIMBLE_KV_DEFAULT = 0, /* i8 for integer models, f32 for float models */
  THIMBLE_KV_F32,
  THIMBLE_KV_I8,
  THIMBLE_KV_I4
};

/* Several cores; see Parallel in thimble/parallel.h. `run` calls task(argument, w) once for each w below `workers`, on
 * any threads, and returns when all calls have. */
typedef struct {
  void (*run)(void* context, void (*task)(void* argument, uint32_t worker),
              void* argument); /* NULL: the caller alone */
  void* context;               /* must outlive the instance */
  uint32_t workers;            /* 1..16; ignored when run is NULL */
} thimble_parallel_t;

/* What is decided with the memory; see PlanOptions in thimble/plan.h. */
typedef struct {
  uint32_t context;            /* positions, 0: the model's maximum */
  uint32_t max_batch;          /* prompt tokens per sweep of the weights, 1..8 */
  thimble_kv_type_t kv_type;   /* keys and values */
  uint32_t max_run_bytes;      /* longest prompt text without a space, 16..2^24 */
  bool weights_in_fast_memory; /* copy weights into the fast memory that is left; for models in slow memory */
  thimble_parallel_t parallel;
} thimble_options_t;

/* context = max, max_batch 1, kv_type by the model, max_run_bytes 256, weights in place, one core. */
thimble_options_t thimble_default_options(void);

/* Kinds of memory, by speed. */
typedef int thimble_region_t;
enum {
  THIMBLE_FAST = 0, /* the quickest: internal SRAM, or plain heap on a desktop */
  THIMBLE_BULK      /* larger and slower: PSRAM */
};

/* A piece of free memory, at any address: the bytes in front of its first multiple of 64 stay unused. */
typedef struct {
  void* data; /* NULL in thimble_plan_blocks: a block that is not there yet, and will start on a multiple of 64 */
  size_t bytes;
  thimble_region_t region;
} thimble_block_t;

/* Bytes of the model that begins at `flash`, by its header: a partition is larger than the file in it. At most `most`
 * bytes are looked at. 0: no model begins there, or it is longer than `most`. */
size_t thimble_model_bytes(const void* flash, size_t most);

typedef struct {
  thimble_status_t status;
  /* Memory that one block for thimble_init must have, whatever its alignment; of thimble_plan_blocks, what is used of
   * all blocks together, or, where they do not suffice (out of memory), the size of one fast block that would. */
  size_t bytes;
  size_t resident_bytes; /* weights among them */
  uint32_t context;      /* positions it was planned for */
  char message[160];     /* why status is not THIMBLE_OK, as one line */
} thimble_plan_t;

/* Validates the model and says how much memory it needs. `model`: a .thm image of model_bytes bytes, aligned to 16. */
thimble_plan_t thimble_plan(const void* model, size_t model_bytes, const thimble_options_t* options);

/* The same for given blocks, at most 8 of each kind. */
thimble_plan_t thimble_plan_blocks(const void* model, size_t model_bytes, const thimble_options_t* options,
                                   const thimble_block_t* blocks, size_t count);

/* Why thimble_init returned NULL. */
typedef struct {
  thimble_status_t status;
  char message[160]; /* one line; "" when all went well */
} thimble_error_t;

/* Builds an instance inside `memory` (bytes >= plan.bytes of the same model and options). NULL on an error, which goes
 * to *error unless that is NULL. `memory` and `model` must outlive the instance; what `options` and its members point
 * to, parallel.context apart, need not. */
thimble_t* thimble_init(void* memory, size_t bytes, const void* model, size_t model_bytes,
                        const thimble_options_t* options, thimble_error_t* error);

/* The same in several blocks, none of them NULL. The instance itself, under 8 kB, lies in the first that has room. */
thimble_t* thimble_init_blocks(const thimble_block_t* blocks, size_t count, const void* model, size_t model_bytes,
                               const thimble_options_t* options, thimble_error_t* error);

/* How a text is told; see SamplerParams in thimble/sampler.h and GeneratorParams in thimble/generator.h. */
typedef struct {
  float temperature;       /* 0: greedy */
  uint32_t top_k;          /* 0: off */
  float top_p;             /* 1: off */
  float min_p;             /* 0: off */
  float repeat_penalty;    /* 1: off */
  float presence_penalty;  /* 0: off */
  float frequency_penalty; /* 0: off */
  uint32_t repeat_last_n;  /* 0: off */
  uint64_t seed;
  uint32_t max_tokens;             /* 0: until the context is full */
  bool ignore_eos;                 /* go on past the end of a text */
  bool hash_logits;                /* fill thimble_stats_t.logits_hash */
  const char* const* stop_strings; /* stop_count texts, <= 16, together <= 256 bytes; thimble_set_params copies them */
  size_t stop_count;
  /* Told after each sweep of a prompt how much of it is read, for bars and watchdogs; may call thimble_cancel. */
  void (*on_prompt)(void* user, size_t read, size_t total); /* NULL: nobody */
  void* on_prompt_user;
} thimble_params_t;

/* What the model file recommends, else temperature 0.8, top_k 40, top_p 0.95, min_p 0.05; no penalties, seed 0. A new
 * instance tells with these. */
thimble_params_t thimble_model_params(const thimble_t* t);

/* From the next token on; set them before a prompt. Errors leave everything as it was (thimble_message). */
thimble_status_t thimble_set_params(thimble_t* t, const thimble_params_t* params);

/* Writes a fact of the model file, NUL-terminated and cut to fit, to `out` (out_bytes >= 1), and returns its whole
 * length; 0 and "" where the file does not state it. Keys: "name", "license", "chat.template", "prompt.0" (an example
 * prompt) and so on; docs/FORMAT.md has them all. */
size_t thimble_about(const thimble_t* t, const char* key, char* out, size_t out_bytes);

/* Starts a new text. `prompt` is UTF-8, NUL-terminated; NULL or "" starts from nothing. Cancelled on the way, it is
 * THIMBLE_OK, and the next thimble_step ends the text. */
thimble_status_t thimble_prompt(thimble_t* t, const char* prompt);

/* Goes on with the sequence as it stands, after a finished answer: the next turn of a chat. Nothing is put in front of
 * `text`. On an error, or cancelled, the sequence is as it was. */
thimble_status_t thimble_append(thimble_t* t, const char* text);

/* Generates one token. Returns 1 and sets *text and *length (whole UTF-8 characters, perhaps none, not NUL-terminated,
 * good until the next call); 0 when the text has ended (thimble_stats says why); -1 on an error (thimble_message). */
int thimble_step(thimble_t* t, const char** text, size_t* length);

/* Receives text as it comes: `text` is NUL-terminated, whole UTF-8 characters. Return false to stop. */
typedef bool (*thimble_text_fn)(const char* text, void* user);

/* thimble_prompt, then steps until the text ends, cancel is called or on_text returns false. */
thimble_status_t thimble_generate(thimble_t* t, const char* prompt, thimble_text_fn on_text, void* user);

/* Ends the text before the next token, or the reading of a prompt within one sweep. May be called from another thread,
 * an interrupt, on_text or on_prompt. */
void thimble_cancel(thimble_t* t);

typedef enum {
  THIMBLE_NOT_FINISHED = 0,
  THIMBLE_END_OF_TEXT,
  THIMBLE_STOP_STRING,
  THIMBLE_LENGTH,
  THIMBLE_CONTEXT_FULL,
  THIMBLE_CANCELLED,
  THIMBLE_ERROR
} thimble_finish_t;

typedef struct {
  uint32_t prompt_tokens;    /* of the last prompt or append */
  uint32_t generated_tokens; /* since then */
  uint32_t context;
  size_t memory_bytes; /* of the block in use */
  thimble_finish_t finish;
  uint64_t logits_hash; /* 0 unless hash_logits */
} thimble_stats_t;

thimble_stats_t thimble_stats(const thimble_t* t);

/* Proves that this device computes what the conversion computed: sets *hash to that of a short run, and *expected to
 * the one in the model file, 0 if it has none. Tells on_prompt after each sweep, for watchdogs; it can't be cancelled.
 * Ends the text under way; the next call is thimble_prompt. */
thimble_status_t thimble_selftest(thimble_t* t, uint64_t* hash, uint64_t* expected);

/* The last error of this instance as one line; "" when there was none. Good until the next call. */
const char* thimble_message(const thimble_t* t);

/* Ends the instance's life; the memory is the caller's again. NULL is allowed. */
void thimble_deinit(thimble_t* t);

#ifdef __cplusplus
}
#endif

#endif /* THIMBLE_THIMBLE_H */
