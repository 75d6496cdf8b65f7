/* waits.h - a party of a run that waits for another, for the watchdog. */
#ifndef SIM_WAITS_H
#define SIM_WAITS_H

#include <stdint.h>

typedef enum WaitKind {
    WAIT_NONE,   /* nobody that is known                                                   */
    WAIT_HOST,   /* the host, with step `step`                                             */
    WAIT_SLICE,  /* slice `id`, with step `step`                                           */
    WAIT_INJECT, /* the inject queue of core `id` (index into Program.core)                */
    WAIT_LINK,   /* router link `id`: for room in the buffer behind it                     */
    WAIT_FIFO,   /* the receive FIFO of core `id`                                          */
    WAIT_LOOK_UP /* packets from the host, before their look-up                            */
} WaitKind;

typedef struct Wait {
    WaitKind kind;
    uint32_t id;
    uint64_t step; /* of host and slices, else 0 */
} Wait;

#endif
