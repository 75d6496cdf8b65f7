/* watchdog.h - why a run has stopped: queues, and the parties that wait for one another. */
#ifndef SIM_WATCHDOG_H
#define SIM_WATCHDOG_H

#include "machine.h"

enum { WATCHDOG_BYTES = 960 }; /* of a summary: fits into an Err with the words before it */

/* watchdog_summary - one line of at most n bytes: packets, links with packets that wait, the first
 * slices that are not done and what they have; then the ring of parties of which each waits for the
 * next, or, where there is none, the chain that the first slice waits on and where it ends.
 * cost: O(parties^2 * sources), once a run */
const char *watchdog_summary(const Machine *machine, char *text, size_t n);

/* watchdog_next - what a party waits for; WAIT_NONE: nothing that is known. */
Wait watchdog_next(const Machine *machine, Wait party);

#endif
