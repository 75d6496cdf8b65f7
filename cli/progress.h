/* progress.h - a progress bar on stderr for work that takes longer than a second. */
#ifndef CLI_PROGRESS_H
#define CLI_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Progress {
    const char *label;
    bool on; /* stderr is a terminal and nobody asked for quiet */
    bool drawn;
    uint64_t begin_ms, drawn_ms;
} Progress;

void progress_begin(Progress *progress, const char *label, bool quiet);

/* progress_update - to be passed as callback, with the Progress as context. Draws at most ten
 * times a second, and not in the first second: how far, how fast, how long still. False once
 * somebody has asked for an end (interrupt.h). */
bool progress_update(void *context, uint64_t done, uint64_t total);

/* progress_end - wipe the bar, if one was drawn. */
void progress_end(Progress *progress);

#ifdef __cplusplus
}
#endif
#endif
