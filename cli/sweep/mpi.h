/* mpi.h - ranks of MPI as workers: rank 0 manages, the others work. Only mpi_ranks.c knows MPI;
 * without it (mpi_absent.c) the program says so. */
#ifndef CLI_MPI_H
#define CLI_MPI_H

#include "crew.h"

#ifdef __cplusplus
extern "C" {
#endif

/* mpi_launched - was the program started by mpirun with more than one rank? Looks at the
 * environment only. mpi_rank - which of them is this? mpi_is_built_in - can it do anything about
 * it? */
bool mpi_launched(void);
uint32_t mpi_rank(void);
bool mpi_is_built_in(void);

/* mpi_open - in all ranks. Rank 0 gets an Executor; the others work until it closes, and then get
 * NULL. Errors: UNSUPPORTED (built without MPI), IO, INTERNAL. */
Status mpi_open(Arena *arena, const char *plan_folder, const Plan *plan, Executor **out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
