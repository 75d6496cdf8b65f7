/* wheel.h - a time wheel over ids: when is each id due, and which ids are due next?
 *
 * Time is the cycle count of one clock domain. Every id (0 .. n_ids-1) is pending at most once,
 * so the wheel never grows: rescheduling an id moves it. Ids that are due in the same cycle come
 * out in the order in which they were set.
 */
#ifndef SIM_WHEEL_H
#define SIM_WHEEL_H

#include <stdint.h>

#include "base/arena.h"

#ifdef __cplusplus
extern "C" {
#endif

#define NEVER UINT64_MAX /* of cycles and of picoseconds */
#define WHEEL_NONE UINT32_MAX

enum { WHEEL_WORDS = 64, WHEEL_BUCKETS = WHEEL_WORDS * 64 };

typedef struct Wheel {
    uint64_t now;               /* cycles; nothing is due before it                        */
    uint64_t summary;           /* bit w: word[w] is not 0                                 */
    uint64_t word[WHEEL_WORDS]; /* bit b of word w: bucket w * 64 + b is not empty         */
    uint32_t *head, *tail;      /* [WHEEL_BUCKETS] first and last id; NONE if empty        */
    uint32_t n_ids;
    uint32_t *next, *previous; /* [n_ids] neighbours in the bucket                        */
    uint64_t *due;             /* [n_ids] NEVER if not pending                            */
    uint32_t n_far;
    uint32_t *far;    /* [n_far] binary heap of ids beyond the buckets           */
    uint32_t *far_at; /* [n_ids] place in the heap, or NONE                      */
    uint64_t *order;  /* [n_ids] when it was set: breaks ties in the heap        */
    uint64_t n_set;
} Wheel;

void wheel_init(Arena *arena, Wheel *wheel, uint32_t n_ids);

/* wheel_set - make id due at `cycle` (>= now), and at no other time. cost: O(1) within
 * WHEEL_BUCKETS cycles from now, else O(log n_ids) */
void wheel_set(Wheel *wheel, uint32_t id, uint64_t cycle);

/* wheel_clear - id is no longer pending; fine if it was not. */
void wheel_clear(Wheel *wheel, uint32_t id);

/* wheel_next - first cycle in which an id is due, or NEVER. cost: O(1) */
uint64_t wheel_next(const Wheel *wheel);

/* wheel_advance - now = cycle, which must not be later than wheel_next. */
void wheel_advance(Wheel *wheel, uint64_t cycle);

/* wheel_take - remove and return the first id that is due now, or WHEEL_NONE. */
uint32_t wheel_take(Wheel *wheel);

#ifdef __cplusplus
}
#endif
#endif
