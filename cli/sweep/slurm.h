/* slurm.h - a sweep as jobs of Slurm, which come back by themselves until it is done.
 *
 *   egret sweep SWEEP.yaml -o DB --slurm
 *     merges what is in the logs, and lays what is missing of this round into DB.d/slurm/NNNN/:
 *       tasks.csv   the tasks; array task K has the K-th of equal blocks
 *       array.sh    a job array, a block each: `egret sweep DB.d --task NNNN/K`
 *       go-on.sh    the same command again, once the array has ended, however it did
 *       jobs        the numbers of both
 *
 * A block that died is nothing special: what it did stands in the logs, the rest is missing and
 * goes into the next submission. Any block can be run again by hand. */
#ifndef CLI_SLURM_H
#define CLI_SLURM_H

#include <stdio.h>

#include "sweep.h"

#ifdef __cplusplus
extern "C" {
#endif

enum {
    SLURM_BLOCKS = 64,       /* of an array, unless somebody says otherwise                 */
    SLURM_BLOCKS_MAX = 1000, /* Slurm's own limit (MaxArraySize), as it comes               */
    SLURM_BARREN = 3         /* submissions in a row without a result: then it is given up */
};

typedef struct TaskList {
    const Task *task; /* [n] */
    uint32_t n;
} TaskList;

typedef struct SlurmJob {
    const char *folder;         /* of the sweep: DB.d */
    uint32_t n_blocks;          /* at most */
    uint32_t n_workers;         /* processes of a block; 0: as many as Slurm gives it processors */
    const char *options;        /* of sbatch, for both jobs; NULL: none */
    const char *const *command; /* [n_words] after the program's name: what to go on with */
    uint32_t n_words;
} SlurmJob;

/* slurm_is_free - is no job of this sweep queued or running, but the one that we are in? Errors: IO
 * (there is one: names it). */
Status slurm_is_free(Arena *arena, const char *folder, Err *err);

/* slurm_submit - these tasks, and what comes after them. Says on `out` what it did. Errors: IO (no
 * sbatch, or it refuses; nothing came of the last SLURM_BARREN submissions), INPUT (options). */
Status slurm_submit(Arena *arena, const Plan *plan, const SlurmJob *job, TaskList tasks, FILE *out,
                    Err *err);

/* slurm_task - a block, "NNNN/K", but for what stands in the logs. Errors: INPUT (no such block),
 * and those of crew_open and Executor.run. */
Status slurm_task(Arena *arena, const char *folder, const char *block, uint32_t n_workers,
                  FILE *out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
