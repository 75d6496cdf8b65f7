/* response.h - how the times and counts of a run answer to numbers of the chip.
 *
 * A run is timed again with each number that has a range at its low and at its high end, all
 * others nominal, and some times with all of them drawn at random. What the first say about the
 * second, and how far off that is, gives times and counts for any values within the ranges
 * without another run: a sum of one broken line for each number, times an error of those seen.
 */
#ifndef SIM_RESPONSE_H
#define SIM_RESPONSE_H

#include "arch/topology.h"
#include "base/arena.h"
#include "base/err.h"
#include "sim/trace.h"

#ifdef __cplusplus
extern "C" {
#endif

/* A number of the chip that changes something. */
typedef struct ResponseNumber {
    uint32_t number;       /* in chip_numbers                                             */
    double low, high;      /* the values that were tried, beside the nominal one          */
    const double *at_low;  /* [n_outcomes] outcome / nominal outcome - 1; NULL: none     */
    const double *at_high; /* the same                                                    */
} ResponseNumber;

typedef struct Response {
    uint32_t n_outcomes; /* of outcome.h */
    uint32_t n_numbers;
    const ResponseNumber *number; /* [n_numbers]                                         */
    uint32_t n_drawn;    /* runs with all of these drawn at random                        */
    const double *error; /* [n_drawn][n_outcomes] outcome / what the lines add up to      */
    uint32_t n_runs;     /* made for all this                                             */
} Response;

/* Times the run again on a topology whose chip has other numbers. The traces live in `scratch`;
 * *throughput is NULL if there is no pipelined run. */
typedef struct ResponseRuns {
    Status (*retime)(void *context, Arena *scratch, const Topology *topology, const Trace **latency,
                     const Trace **throughput, Err *err);
    void *context;
    const bool
        *read; /* of each of chip_numbers: can these runs read it? NULL: all that shape time */
    uint32_t n_drawn;
    uint64_t seed;
    /* Called after every run, `total` is the most there can be; may be NULL. False ends it. */
    bool (*progress)(void *context, uint64_t done, uint64_t total);
    void *progress_context;
} ResponseRuns;

/* response_make - cost: 2 runs for each number with a range that is read, and n_drawn. Errors: those of retime,
 * INTERRUPTED (by `progress`). */
Status response_make(Arena *arena, const Chip *chip, const ResponseRuns *runs, const Response **out,
                     Err *err);

/* response_ratio - outcomes over nominal outcomes with these values of all numbers of the chip;
 * `drawn` says whose error to take, n_drawn: none. ratio [n_outcomes]. cost: O(numbers x
 * outcomes) */
void response_ratio(const Response *response, const NamedCost *named, const double *value,
                    uint32_t drawn, double *ratio);

#ifdef __cplusplus
}
#endif
#endif
