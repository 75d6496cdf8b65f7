/* expect_model.h - what the files of expected runs share: cores of one layer with as many units are
 * one class, as nothing else tells them apart but where they stand.
 */
#ifndef SIM_EXPECT_MODEL_H
#define SIM_EXPECT_MODEL_H

#include "plan.h"
#include "sim/expect.h"
#include "tally.h"

#define EXPECT_CELL "egru" /* cell kind of all layers */

typedef struct ExpectClass {
    const SliceProgram *slice; /* of any of its cores                                     */
    uint32_t layer, n_units, n_cores;
    double events, silent;  /* a core sends in a step: events; markers that are none       */
    double fed_packets;     /* a core gets from the stage before in a step                 */
    double fed_cycles;      /* to receive these                                            */
    double update_cycles;   /* of an update                                                */
    double count[N_COUNTS]; /* of a core and step; what depends on time is left out        */
} ExpectClass;

typedef struct ExpectSent { /* by all packets of a class or of the host, in a step           */
    double flits, between;  /* over links on chips; over links between routers           */
    double off_board;       /* of the latter, between boards                             */
    double packets;
} ExpectSent;

typedef struct ExpectModel {
    Plan plan; /* numbers of the chip only                                                */
    const ExpectOptions *options;
    uint32_t n_classes;
    ExpectClass *class_of;      /* [n_classes] two a layer at most, by layer                  */
    const uint32_t *core_class; /* [n_cores]                                               */
    ExpectSent *sent;           /* [n_classes + 1] the last is the host's                     */
    double recurring;           /* share of the steps whose events recur: all but the last */
    Tally tally;
} ExpectModel;

/* expect_reach - probability that a slice of class `from` (PROGRAM_NONE: the host) has a weight on
 * a core of class `to`, of the layer after its own or of its own. */
double expect_reach(const ExpectModel *model, uint32_t from, uint32_t to);

/* expect_hears, expect_closes - probability that a core of class `to` gets the events of a slice of
 * class `from`; what closes its steps: those it feeds, and those that feed its core. */
double expect_hears(const ExpectModel *model, uint32_t from, uint32_t to);
double expect_closes(const ExpectModel *model, uint32_t from, uint32_t to);

/* expect_shares - what of the tally's totals is whose: of layers, slices and steps. cost: O(cores +
 * links + steps) */
void expect_shares(Arena *arena, ExpectModel *model);

/* expect_cores - fills the classes. expect_links - links and look-ups of the tally. */
void expect_cores(ExpectModel *model);
void expect_links(Arena *arena, ExpectModel *model);

/* expect_sum - a mean a step as a count over all steps. */
static inline uint64_t expect_sum(const ExpectModel *model, double mean)
{
    return (uint64_t)(mean * model->options->n_steps + 0.5);
}

#endif
