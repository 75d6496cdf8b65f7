/* mpi_launched.c - are we one of several that mpirun started? Open MPI says so in the environment,
 * so nothing of MPI needs to be awake to know. */
#include <stdlib.h>

#include "mpi.h"

bool mpi_launched(void)
{
    const char *size = getenv("OMPI_COMM_WORLD_SIZE"); // NOLINT(concurrency-mt-unsafe)

    return size != NULL && strtol(size, NULL, 10) > 1;
}

uint32_t mpi_rank(void)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK"); // NOLINT(concurrency-mt-unsafe)

    return rank == NULL ? 0 : (uint32_t)strtoul(rank, NULL, 10);
}
