/* slurm_parts.h - files of a submission, and Slurm's programs: private to slurm*.c. */
#ifndef CLI_SLURM_PARTS_H
#define CLI_SLURM_PARTS_H

#include "slurm.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Numbers of the jobs of a submission, and how many before it brought nothing. */
typedef struct SlurmJobs {
    uint64_t array, go_on; /* 0: not submitted */
    uint32_t n_barren;
} SlurmJobs;

/* slurm_folder - of a submission: DB.d/slurm/NNNN. slurm_last - the number of the last one; 0:
 * there is none. */
const char *slurm_folder(Arena *arena, const char *folder, uint32_t number);
uint32_t slurm_last(Arena *arena, const char *folder);

/* slurm_write - tasks.csv and both scripts, into a folder of its own. Errors: IO, INPUT. */
Status slurm_write(Arena *arena, const SlurmJob *job, uint32_t number, TaskList tasks, Err *err);

/* slurm_read_tasks - those of one block of a submission, or of all. Errors: IO, INPUT. */
enum { SLURM_ALL_BLOCKS = 1 << 30 };
Status slurm_read_tasks(Arena *arena, const Plan *plan, const char *folder, uint32_t block,
                        TaskList *out, Err *err);

Status slurm_write_jobs(Arena *arena, const char *folder, uint32_t number, SlurmJobs jobs,
                        Err *err);
SlurmJobs slurm_read_jobs(Arena *arena, const char *folder, uint32_t number);

/* slurm_program - run one, found in PATH; *said is what it printed, both ways. Returns its exit
 * code, or -1: there is no such program. */
int slurm_program(Arena *arena, const char *const *word, const char **said);

#ifdef __cplusplus
}
#endif
#endif
