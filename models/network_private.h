/* network_private.h - a Network while it is being read: network_yaml.c fills in what network.yaml
 * says, network_load.c the tensors. */
#ifndef MODELS_NETWORK_PRIVATE_H
#define MODELS_NETWORK_PRIVATE_H

#include <stdio.h>

#include "base/arena.h"
#include "base/err.h"
#include "models/network.h"

#define NETWORK_YAML "network.yaml"
#define NETWORK_WEIGHTS "weights.safetensors"
#define NETWORK_VOCABULARY "vocabulary.txt"
#define NETWORK_FORMAT "egret-network"

/* Sizes that any network must respect, so that products of them fit 64 bits and columns 32. */
enum { NETWORK_VERSION = 1, NETWORK_MAX_WIDTH = 1 << 24, NETWORK_MAX_SIDE = 1 << 12, NETWORK_MAX_RESET_STEPS = 1 << 30 };

extern const char *const network_threshold_forms[3]; /* in the order of ThresholdForm */
extern const char *const network_carry_rules[2];     /* in the order of CarryRule */

typedef struct NetworkDraft {
    Network network;             /* layer points to `layer` */
    Layer *layer;                /* [n_layers] no arrays yet */
    bool tied;                   /* the decoder is the embedding */
    const char *vocabulary_file; /* name in the folder, or NULL */
} NetworkDraft;

/* network_yaml_load - shapes and texts of network.yaml. Errors: IO, INPUT. */
Status network_yaml_load(Arena *arena, const char *folder, NetworkDraft *out, Err *err);

/* network_yaml_write - the file's text for a network that passes network_check. */
void network_yaml_write(FILE *stream, const Network *network);

/* vocabulary_load - n_words lines. Errors: IO, INPUT (count, blanks, empty or double words). */
Status vocabulary_load(Arena *arena, const char *path, uint32_t n_words, const char *const **out,
                       uint64_t *n_bytes, Err *err);

/* network_check_content - network_check but for the hash. */
Status network_check_content(const Network *network, Err *err);

/* network_check_int8 - precision and integers, after all else was checked. */
Status network_check_int8(const Network *network, Err *err);

/* network_threshold - the one that the cell compares with, of the one that is stored. */
double network_threshold(ThresholdForm form, double raw);

/* network_no_rows - a matrix without weights. */
SparseRows network_no_rows(Arena *arena, uint32_t n_rows, uint32_t n_cols);

/* network_thresholds - effective thresholds of stored ones. */
const float *network_thresholds(Arena *arena, ThresholdForm form, const float *raw,
                                uint32_t n_units);

#endif
