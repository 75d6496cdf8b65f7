/* interrupt.h - Ctrl-C on long work: once to end early with what there is, twice to end at once. */
#ifndef CLI_INTERRUPT_H
#define CLI_INTERRUPT_H

#include <stdbool.h>

#ifdef __cplusplus
extern "C" {
#endif

/* interrupt_watch - from now on the first SIGINT, SIGTERM or SIGHUP is remembered; the next one
 * has its usual effect again. */
void interrupt_watch(void);

/* interrupt_asked - has one come since? */
bool interrupt_asked(void);

#ifdef __cplusplus
}
#endif
#endif
