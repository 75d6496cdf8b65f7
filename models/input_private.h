/* input_private.h - the readers that input.c chooses from. Each fills in an InputStream whose
 * network and name are set. max_steps 0: all. */
#ifndef MODELS_INPUT_PRIVATE_H
#define MODELS_INPUT_PRIVATE_H

#include "base/file.h"
#include "models/input.h"

Status input_read_text(Arena *arena, FileBytes file, uint32_t max_steps, InputStream *out,
                       Err *err);
Status input_read_ids(Arena *arena, FileBytes file, uint32_t max_steps, InputStream *out, Err *err);
Status input_read_npy(Arena *arena, FileBytes file, uint32_t max_steps, InputStream *out, Err *err);

/* input_is_npy - the file begins as `.npy` files do. */
bool input_is_npy(FileBytes file);

#endif
