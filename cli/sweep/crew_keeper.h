/* crew_keeper.h - a crew of one worker, kept by a process of its own.
 *
 * For a process that must not fork once it has begun (MPI): it forks a keeper first of all, and
 * the keeper forks the worker, and the next one when that dies. Tasks and results go through a
 * socket. */
#ifndef CLI_CREW_KEEPER_H
#define CLI_CREW_KEEPER_H

#include "crew_parts.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct Keeper {
    pid_t pid;
    int line;
} Keeper;

/* keeper_start - fork it. Errors: IO. */
Status keeper_start(const CrewPlace *place, Keeper *out, Err *err);

/* keeper_give - a task; it does one after the other. False: the keeper is gone. */
bool keeper_give(const Keeper *keeper, Task task);

/* keeper_wait - is there word of it, within so many ms? */
bool keeper_wait(const Keeper *keeper, int patience_ms);

/* keeper_hear - a result (a line) or trouble (a message). False: the keeper is gone. */
bool keeper_hear(const Keeper *keeper, Arena *arena, CrewWord *word, const char **text);

/* keeper_end - the keeper and its worker, whatever they do. */
void keeper_end(const Keeper *keeper);

#ifdef __cplusplus
}
#endif
#endif
