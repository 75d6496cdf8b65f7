/* cmd_sweep_slurm.h - `egret sweep` on Slurm: slurm.h by its options. */
#ifndef CLI_CMD_SWEEP_SLURM_H
#define CLI_CMD_SWEEP_SLURM_H

#include "args.h"
#include "sweep_run.h"

/* sweep_to_slurm - what is there into the database, what is missing to Slurm. */
Status sweep_to_slurm(Arena *arena, const Args *args, const Plan *plan, SweepRun *run, Err *err);

/* sweep_block - a block of a submission (--task). */
Status sweep_block(Arena *arena, const Args *args, uint32_t n_jobs, Err *err);

#endif
