/* mpi_absent.c - what a program that was built without MPI says about it. */
#include "mpi.h"

bool mpi_is_built_in(void)
{
    return false;
}

Status mpi_open(Arena *arena, const char *plan_folder, const Plan *plan, Executor **out, Err *err)
{
    (void)arena;
    (void)plan_folder;
    (void)plan;
    *out = NULL;
    err_set(err, STATUS_UNSUPPORTED,
            "mpirun: this program was built without MPI; expected one that has it");
    err_hint(err, "install libopenmpi-dev and build again (cmake -DEGRET_MPI=ON), or use -j N");
    return STATUS_UNSUPPORTED;
}
