/* mpi_work.h - mpi_open, with any work: for tests. */
#ifndef CLI_MPI_WORK_H
#define CLI_MPI_WORK_H

#include "crew_work.h"
#include "mpi.h"

#ifdef __cplusplus
extern "C" {
#endif

Status mpi_open_with(Arena *arena, const CrewPlace *place, Executor **out, Err *err);

#ifdef __cplusplus
}
#endif
#endif
