/* parts.h - jobs of parts of the chip that a model of one's own can take over (systemc.hpp).
 *
 * Each job says what is to be done, when it begins, and how long the built-in part takes.
 */
#ifndef SIM_PARTS_H
#define SIM_PARTS_H

#include <stdint.h>

typedef struct ArrayJob { /* the MAC array of a core multiplies a block by a vector     */
    uint32_t core, layer; /* core id of the chip description                            */
    uint64_t step;        /* whose update it is part of                                 */
    uint32_t n_sources;   /* rows of the block: events and zeros of the vector          */
    uint32_t n_targets;   /* columns: gates of the slice's units                        */
    uint64_t begin_ps;    /* the core has started the job                               */
    uint64_t built_in_ps; /* that the array takes, beside the core                      */
} ArrayJob;

typedef struct LookupJob { /* an event router looks a packet up                          */
    uint32_t router;
    uint32_t key, payload;
    uint64_t begin_ps;    /* edge at which the packet is granted                        */
    uint64_t built_in_ps; /* until the next packet can be granted: one router cycle     */
} LookupJob;

typedef struct ReadJob {  /* a DRAM is read for a core                                  */
    uint32_t chip, core;  /* ids of the chip description                                */
    uint64_t n_bytes;     /* of a token's row, or of a row of the decoder                */
    uint64_t begin_ps;    /* the core has asked                                         */
    uint64_t built_in_ps; /* until the data is in the core: wait, service and latency   */
} ReadJob;

typedef struct SendJob { /* a packet goes over the host's link                         */
    uint32_t key, payload;
    uint32_t to_host;     /* 1: from the chip to the host, 0: the other way             */
    uint64_t begin_ps;    /* the link is free for it; from the host all packets of a step
                                    are announced when the first can go                        */
    uint64_t built_in_ps; /* until the link is free for the next                        */
} SendJob;

typedef struct FrameJob { /* a link between chips carries a packet, as one frame         */
    uint32_t link;        /* router link of the topology                                 */
    uint32_t from, to;    /* chips at its ends                                           */
    uint32_t key, payload;
    uint64_t n_bits;      /* of the frame                                                */
    uint64_t begin_ps;    /* the wire is free for it, and there is a slot behind         */
    uint64_t built_in_ps; /* until it is at the other side: on the wire, and on its way  */
} FrameJob;

/* Who takes jobs over: each function returns the picoseconds that stand in the place of
 * built_in_ps. NULL: the part is built in. */
typedef struct SimParts {
    void *context;
    uint64_t (*array)(void *context, const ArrayJob *job);
    uint64_t (*lookup)(void *context, const LookupJob *job);
    uint64_t (*read)(void *context, const ReadJob *job);
    uint64_t (*send)(void *context, const SendJob *job);
    uint64_t (*frame)(void *context, const FrameJob *job);
} SimParts;

#endif
