/* core_dvfs.h - each core changes between the chip's slowest and fastest operating point by what
 * it receives (--point auto).
 *
 * A core is at the low point until it has received software.dvfs_packets packets since its last
 * update began. Then it changes to the high point, and stays there until it has nothing to do
 * and fewer packets than that since its last update began: as a rule when the last packet of an
 * update is sent. Each change takes core.level_switch_ns, in which the core does nothing; it
 * falls between packets and between tasks, never into one. A core whose threshold is 0 is at the
 * high point from the begin.
 *
 * Where the chip says `software.idle_point: slowest`, a core that has nothing to do changes to the
 * low point at once, however much it has received, and to the high one only when it has something
 * to do again: before a packet, an update or the like, if it has received so many packets since
 * its last update began (an update and what it sends: since the one before began). Nothing to do
 * means that no packet is in its FIFO and no update is under way, ready, or held up.
 *
 * The edges of the cores' clock domain are those of the high point. Cycle k of the low point
 * begins at edge ceil(k * high hz / low hz): a core at the low point begins there, and n of its
 * cycles last until n of those later. So nothing drifts, and where the one rate is a multiple of
 * the other a core that never changes does all at the very times of a run at the low point.
 */
#ifndef SIM_CORE_DVFS_H
#define SIM_CORE_DVFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "arch/chip.h"
#include "arch/count.h"
#include "base/clock.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Dvfs { /* what all cores have in common                                   */
    Clock low, high;
    uint64_t edges, cycles; /* so many edges are so many cycles of the low point, lowest terms */
    uint64_t switch_ps, packets;
    bool falls; /* idle cores change to the low point */
} Dvfs;

typedef struct DvfsCore {
    const Dvfs *dvfs;
    const Counters *count;           /* of the core ...                                  */
    const uint64_t *receive_cycles;  /* ... and those that its FIFO still keeps          */
    bool high;                       /* the point that it is at, or changes to           */
    bool engaged;                    /* it works, or waits with an update under way      */
    bool wants_high;                 /* the update about to begin is one for the high point */
    uint64_t n_packets;              /* received since its last update began             */
    uint64_t high_since;             /* edge at which it began to change to the high one */
    uint64_t high_active, high_macs; /* active cycles and MACs of the array before that */
    uint64_t slow_cycles, switch_cycles, n_switches;           /* as in COUNT_LIST      */
    uint64_t high_cycles, high_active_cycles, high_array_macs; /* up to the last fall   */
} DvfsCore;

/* dvfs_init - numbers of a chip with two points or more. */
void dvfs_init(Dvfs *dvfs, const Chip *chip);

/* dvfs_start - the run begins. */
void dvfs_start(DvfsCore *core);

/* dvfs_edge - first edge from `edge` on at which the core can begin something. cost: O(1) */
uint64_t dvfs_edge(const DvfsCore *core, uint64_t edge);

/* dvfs_work - edge at which a task of so many cycles of the core ends that begins at edge `begin`. */
uint64_t dvfs_work(DvfsCore *core, uint64_t begin, uint64_t cycles);

/* dvfs_begin - the core begins something at edge `edge` whose cycles stand in its counters already;
 * returns from when on it does, after a change to the high point if one comes first. */
uint64_t dvfs_begin(DvfsCore *core, uint64_t edge, uint64_t cycles);

/* dvfs_fall - it has had nothing to do since edge `edge`: changes to the low point, where
 * dvfs_may_fall; returns when it can begin something. */
uint64_t dvfs_fall(DvfsCore *core, uint64_t edge);
static inline bool dvfs_may_fall(const DvfsCore *core)
{
    return core != NULL && core->dvfs->falls && core->high && !core->engaged;
}

/* dvfs_receive - of a packet, from dvfs_begin on: when it ends; returns when the core is free for the next one, after a
 * change if that was the packet which makes it change. */
uint64_t dvfs_receive(DvfsCore *core, uint64_t begin, uint64_t cycles);

/* dvfs_update - an update begins. NULL: of a core that keeps its point. */
void dvfs_update(DvfsCore *core);

/* dvfs_idle - at this edge the core has nothing to do; returns from when on it can begin something. */
uint64_t dvfs_idle(DvfsCore *core, uint64_t edge);

/* dvfs_clock - of the point that the core is at. */
const Clock *dvfs_clock(const DvfsCore *core);

/* dvfs_finish - the run ends at edge `end`: into the core's counters. NULL: they stay 0. */
void dvfs_finish(DvfsCore *core, uint64_t end, Counters *count);

/* dvfs_end, dvfs_edge_of - dvfs_work and dvfs_edge; of a core that keeps its point (NULL), edges
 * are its cycles. */
static inline uint64_t dvfs_end(DvfsCore *core, uint64_t begin, uint64_t cycles)
{
    return core == NULL ? begin + cycles : dvfs_work(core, begin, cycles);
}

static inline uint64_t dvfs_edge_of(const DvfsCore *core, uint64_t edge)
{
    return core == NULL ? edge : dvfs_edge(core, edge);
}

#ifdef __cplusplus
}
#endif
#endif
