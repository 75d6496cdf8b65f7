/* crew_keeper.c - see crew_keeper.h. What a keeper says is what a worker says to its manager. */
#define _XOPEN_SOURCE 700

#include "crew_keeper.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/check.h"

typedef struct Told {
    Arena *arena;
    int line;
} Told;

static bool pass_on(void *context, const Result *result)
{
    const Told *told = context;

    return crew_say(told->line, CREW_RESULT, result_line(told->arena, result));
}

/* A crew that has trouble has none to tell it of twice: the process at the other end gives up. */
static void keep(const CrewPlace *place, int line)
{
    Arena *life = arena_new();
    Told told = {.arena = arena_new(), .line = line};
    Executor *crew;
    Task task;
    Err err = {0};
    Status status = crew_open_with(life, place, 1, &crew, &err);

    while (status == STATUS_OK && crew_receive(line, &task, sizeof task)) {
        status = crew->run(crew, &task, 1, pass_on, &told, &err);
        arena_reset(told.arena);
    }
    if (status != STATUS_OK)
        crew_say(line, CREW_TROUBLE, err.message);
    if (crew != NULL)
        crew->close(crew);
    arena_free(told.arena);
    arena_free(life);
    exit(EXIT_SUCCESS);
}

Status keeper_start(const CrewPlace *place, Keeper *out, Err *err)
{
    int line[2];
    const pid_t parent = getpid();

    if (socketpair(AF_UNIX, SOCK_STREAM, 0, line) != 0)
        return err_set(err, STATUS_IO, "cannot start a worker: no socket: %s", strerror(errno));
    fflush(NULL); /* or the child would print it again */
    const pid_t pid = fork();
    if (pid == 0) {
        close(line[0]);
        crew_obey(parent);
        keep(place, line[1]);
    }
    close(line[1]);
    if (pid < 0) {
        close(line[0]);
        return err_set(err, STATUS_IO, "cannot start a worker: no process: %s", strerror(errno));
    }
    fcntl(line[0], F_SETFD, FD_CLOEXEC);
    *out = (Keeper){.pid = pid, .line = line[0]};
    return STATUS_OK;
}

bool keeper_give(const Keeper *keeper, Task task)
{
    return crew_send(keeper->line, &task, sizeof task);
}

bool keeper_wait(const Keeper *keeper, int patience_ms)
{
    struct pollfd word = {.fd = keeper->line, .events = POLLIN};

    return poll(&word, 1, patience_ms) > 0;
}

bool keeper_hear(const Keeper *keeper, Arena *arena, CrewWord *word, const char **text)
{
    CrewHead head;

    if (!crew_receive(keeper->line, &head, sizeof head))
        return false;
    char *bytes = ARENA_ARRAY(arena, char, (size_t)head.n_bytes + 1);
    *word = (CrewWord)head.word;
    *text = bytes;
    return crew_receive(keeper->line, bytes, head.n_bytes);
}

void keeper_end(const Keeper *keeper)
{
    close(keeper->line);
    crew_bury(keeper->pid, false);
}
