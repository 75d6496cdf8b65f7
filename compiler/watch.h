/* watch.h - long work says how far it is, and hears whether to go on. */
#ifndef COMPILER_WATCH_H
#define COMPILER_WATCH_H

#include "compiler/compiler.h"

#ifdef __cplusplus
extern "C" {
#endif

/* watch_tell - this pass has done so much (total 0: it does not know). options may be NULL: then
 * nobody listens. Errors: INTERRUPTED. */
static inline Status watch_tell(const CompileOptions *options, const char *pass, uint64_t done,
                                uint64_t total, Err *err)
{
    if (options == NULL || options->progress == NULL ||
        options->progress(options->progress_context, pass, done, total))
        return STATUS_OK;
    return err_set(err, STATUS_INTERRUPTED, "interrupted in the compiler's pass '%s'", pass);
}

#ifdef __cplusplus
}
#endif
#endif
