/* count.h - everything that is counted per core, in one list. Whole numbers only.
 *
 * The cycle counts of a core add up to the cycles of the run: each cycle is exactly one of
 * receive, update, array_wait, emit, stall, wait, sleep, slow, level_switch.
 *
 * Where cores change their operating point (--point auto), cycles of the run are edges of the
 * fast point's clock. Receive, update and emit (and the array's) count cycles of the core,
 * whatever its point: a fixed point gives the same; what these take longer on the slow point is
 * in slow. Counts from level_switches on, slow and level_switch are 0 with a fixed point.
 */
#ifndef ARCH_COUNT_H
#define ARCH_COUNT_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* X(NAME, name, meaning): name is the CSV column and the JSON key. */
#define COUNT_LIST(X)                                                                           \
    X(RECEIVE_CYCLES, receive_cycles, "reading packets and applying their weights")             \
    X(UPDATE_CYCLES, update_cycles, "updating units, target-major weights, starting arrays")    \
    X(MAC_ARRAY_CYCLES, mac_array_cycles, "of the MAC array at work, beside the core")          \
    X(ARRAY_WAIT_CYCLES, array_wait_cycles, "idle in an update until the MAC array is done")    \
    X(EMIT_CYCLES, emit_cycles, "composing packets")                                            \
    X(STALL_CYCLES, stall_cycles, "waiting to inject a packet into a full network")             \
    X(WAIT_CYCLES, wait_cycles, "idle with a step begun: waiting for its last inputs")          \
    X(SLEEP_CYCLES, sleep_cycles, "idle with no step begun")                                    \
    X(SLOW_CYCLES, slow_cycles,                                                                 \
      "edges of the fast clock between those of a core at work on the slow one")                \
    X(LEVEL_SWITCH_CYCLES, level_switch_cycles, "changing the operating point")                 \
    X(EVENTS_IN, events_in, "events delivered to this core")                                    \
    X(EVENTS_OUT, events_out, "events sent by this core")                                       \
    X(MARKERS_IN, markers_in, "packets that closed a step and were no event here")              \
    X(MARKERS_OUT, markers_out, "packets that closed a step without events")                    \
    X(SYNAPTIC_OPS, synaptic_ops, "weights applied by the core itself")                         \
    X(DECODER_MACS, decoder_macs, "weights of the decoder applied by the core")                 \
    X(MAC_ARRAY_MACS, mac_array_macs, "multiplications of the MAC array, zeros included")       \
    X(UNIT_UPDATES, unit_updates, "units updated")                                              \
    X(SRAM_READ_BYTES, sram_read_bytes,                                                         \
      "bytes of weights, indices, pointers, parameters and state read")                         \
    X(SRAM_WRITE_BYTES, sram_write_bytes, "bytes of accumulators, buffers and state written")   \
    X(EVENTS_LOST, events_lost, "events lost at a full receive FIFO, not delivered")            \
    X(EVENTS_LATE, events_late, "times that an event missed the update it was meant for")       \
    X(EVENTS_EARLY, events_early, "times that one served an update before that")                \
    X(OVERRUNS, overruns, "ticks at which this core was still at work")                         \
    X(OVERRUN_CYCLES, overrun_cycles, "the most that it began such a tick's updates late")      \
    X(FIFO_HIGH_PACKETS, fifo_high_packets, "most packets in the receive FIFO at once")         \
    X(LEVEL_SWITCHES, level_switches, "changes of the operating point")                         \
    X(HIGH_CYCLES, high_cycles, "of the run, at the fast point, changes included")              \
    X(HIGH_ACTIVE_CYCLES, high_active_cycles, "of receive, update and emit, at the fast point") \
    X(HIGH_ARRAY_MACS, high_array_macs, "of the MAC array's multiplications, at the fast point")

typedef enum Count {
#define X(NAME, name, meaning) COUNT_##NAME,
    COUNT_LIST(X)
#undef X
        N_COUNTS
} Count;

typedef struct Counters {
    uint64_t n[N_COUNTS];
} Counters;

/* count_name, count_meaning - the columns of the list; NULL-free for count < N_COUNTS. */
const char *count_name(Count count);
const char *count_meaning(Count count);

#ifdef __cplusplus
}
#endif
#endif
