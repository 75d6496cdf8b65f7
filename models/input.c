/* input.c - opens an input by its content and hands out the non-zero inputs of a step.
 *
 * Takes a path and the network it is for, makes an InputStream. Which reader: the magic bytes or
 * the ending say `.npy`, the ending says `.ids`, anything else is text. Token networks take text
 * or ids, the others vectors. Cost: O(file).
 */
#include "models/input.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "base/check.h"
#include "base/hash.h"
#include "bytes.h"
#include "input_private.h"

static const size_t INPUT_MAX_BYTES = (size_t)1 << 30;

static bool ends_with(const char *path, const char *ending)
{
    const size_t n = strlen(path), n_ending = strlen(ending);
    return n >= n_ending && strcmp(path + n - n_ending, ending) == 0;
}

/* The reader that suits both the file and the network. */
static Status read_file(Arena *arena, FileBytes file, uint32_t max_steps, InputStream *stream,
                        Err *err)
{
    const char *path = stream->name;
    const bool is_npy = input_is_npy(file) || ends_with(path, ".npy");
    const bool has_tokens = stream->network->n_words > 0;
    if (is_npy && has_tokens)
        return err_set(err, STATUS_INPUT,
                       "%s: holds vectors; expected text or token ids for a network "
                       "with an embedding",
                       path);
    if (!is_npy && !has_tokens)
        return err_set(err, STATUS_INPUT,
                       "%s: is no .npy file; expected vectors of %" PRIu32
                       " inputs for a network without an embedding",
                       path, stream->network->n_inputs);
    if (is_npy)
        return input_read_npy(arena, file, max_steps, stream, err);
    if (ends_with(path, ".ids"))
        return input_read_ids(arena, file, max_steps, stream, err);
    return input_read_text(arena, file, max_steps, stream, err);
}

/* Over tokens or values as the run sees them. */
static void set_hash(InputStream *stream)
{
    uint64_t hash = hash_u64(HASH_START, stream->n_steps);
    for (uint32_t i = 0; i < stream->n_tokens; i++)
        hash = hash_u64(hash, stream->token[i]);
    const uint64_t n = (uint64_t)stream->n_steps * stream->network->n_inputs;
    for (uint64_t i = 0; stream->vector != NULL && i < n; i++)
        hash = stream->vector_f64 != NULL ? hash_u64(hash, f64_bits(stream->vector_f64[i]))
                                          : hash_u64(hash, f32_bits(stream->vector[i]));
    stream->hash = hash;
}

Status input_load(Arena *arena, const Network *network, const char *path, uint32_t max_steps,
                  const InputStream **out, Err *err)
{
    *out = NULL;
    InputStream *stream = ARENA_ARRAY(arena, InputStream, 1);
    stream->network = network;
    stream->name = arena_text(arena, path, strlen(path));
    Arena *scratch = arena_new();
    FileBytes file;
    Status status = file_read(scratch, path, INPUT_MAX_BYTES, &file, err);
    if (status == STATUS_OK)
        status = read_file(arena, file, max_steps, stream, err);
    arena_free(scratch);
    if (status != STATUS_OK)
        return status;
    set_hash(stream);
    *out = stream;
    return STATUS_OK;
}

/* Statistics know which inputs are active, not how strongly. */
static uint32_t copy_pattern(const InputStream *input, uint32_t step, uint32_t *unit, float *value)
{
    CHECK(value == NULL); /* statistics have none */
    const uint64_t begin = input->active_start[step], n = input->active_start[step + 1] - begin;
    memcpy(unit, input->active + begin, n * sizeof *unit);
    return (uint32_t)n;
}

/* Codes of an int8 network's input. */
static uint32_t code_events(const InputStream *input, uint32_t step, uint32_t *unit, float *value)
{
    const Network *network = input->network;
    const uint32_t n_inputs = network->n_inputs;
    const float *row = input->token != NULL ? NULL : input->vector + (size_t)step * n_inputs;
    const int8_t *code =
        row != NULL ? NULL : network->int8->embedding + (size_t)input->token[step] * n_inputs;
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_inputs; i++) {
        const int8_t now =
            row != NULL ? fixed_code((double)row[i], (double)network->int8->input_step) : code[i];
        if (now == 0)
            continue;
        if (value != NULL)
            value[n] = (float)now;
        unit[n++] = i;
    }
    return n;
}

uint64_t input_saturated(const InputStream *input)
{
    const Network *network = input->network;
    uint64_t n_saturated = 0;
    if (network->int8 == NULL || input->vector == NULL)
        return 0;
    const double step = (double)network->int8->input_step;
    const uint64_t n = (uint64_t)input->n_steps * network->n_inputs;
    for (uint64_t i = 0; i < n; i++)
        n_saturated += fabs((double)input->vector[i]) / step >= FIXED_CODE_MAX + 0.5;
    return n_saturated;
}

uint32_t input_events(const InputStream *input, uint32_t step, uint32_t *unit, float *value)
{
    CHECK(step < input->n_steps);
    if (input->network->fold != NULL)
        return 0;
    if (input->active_start != NULL)
        return copy_pattern(input, step, unit, value);
    if (input->network->int8 != NULL)
        return code_events(input, step, unit, value);
    const uint32_t n_inputs = input->network->n_inputs;
    const float *row = input->token != NULL
                           ? input->network->embedding + (size_t)input->token[step] * n_inputs
                           : input->vector + (size_t)step * n_inputs;
    uint32_t n = 0;
    for (uint32_t i = 0; i < n_inputs; i++) {
        if (row[i] == 0)
            continue;
        if (value != NULL)
            value[n] = row[i];
        unit[n++] = i;
    }
    return n;
}
