/* run_tables.h - what runs of one program have in common whatever the numbers of the chip are: who
 * hears of whom, by which way, and how many weights each row has. Making them takes a third of a
 * run of a few steps, and most of its memory.
 */
#ifndef SIM_RUN_TABLES_H
#define SIM_RUN_TABLES_H

#include "core_model.h"
#include "sim/sim.h"

#ifdef __cplusplus
extern "C" {
#endif

struct SimTables {
    Arena *arena;   /* in which they are kept: that of sim_tables_new           */
    bool made;      /* by a run                                                  */
    Plan plan;      /* its numbers are those of the run that made it            */
    RowTables rows; /* of the cores                                              */
};

#ifdef __cplusplus
}
#endif
#endif
