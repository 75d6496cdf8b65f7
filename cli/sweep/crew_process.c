/* crew_process.c - one worker: fork, what it says, its end.
 *
 * A worker that is forked late inherits what its manager has open by then and leaves it alone, but
 * for the lines of the other workers: those it closes, since a line that somebody else holds open
 * does not end with its manager. Nothing here waits for a worker but crew_process_end.
 */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/check.h"
#include "crew_parts.h"

enum { ROOM_BYTES = 1 << 16, MOMENTS = 200, MOMENT_NS = 5000000 };

static Status cannot_start(const char *what, Err *err)
{
    return err_set(err, STATUS_IO, "cannot start a worker: %s: %s", what, strerror(errno));
}

static void close_pair(const int pair[2])
{
    close(pair[0]);
    close(pair[1]);
}

/* The child's side: what it prints goes to `out`, it reads nothing. */
static void redirect(int out)
{
    const int nothing = open("/dev/null", O_RDONLY);

    dup2(nothing, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    if (nothing > STDERR_FILENO)
        close(nothing);
    if (out > STDERR_FILENO)
        close(out);
}

static void become_worker(const CrewProcess *process, uint32_t n_processes, int line, int out,
                          const CrewPlace *place, pid_t manager)
{
    for (uint32_t i = 0; i < n_processes; i++)
        if (process[i].pid != 0) {
            close(process[i].line);
            close(process[i].out);
        }
    redirect(out);
    crew_worker_live(place, line, manager);
}

Status crew_process_start(CrewProcess *process, uint32_t n_processes, uint32_t self,
                          const CrewPlace *place, Err *err)
{
    CrewProcess *own = &process[self];
    int line[2], out[2];
    const pid_t manager = getpid();

    CHECK(own->pid == 0);
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, line) != 0)
        return cannot_start("no socket", err);
    if (pipe(out) != 0) {
        close_pair(line);
        return cannot_start("no pipe", err);
    }
    fflush(NULL); /* or the child would print it again */
    const pid_t pid = fork();
    if (pid == 0) {
        close(line[0]);
        close(out[0]);
        become_worker(process, n_processes, line[1], out[1], place, manager);
    }
    close(line[1]);
    close(out[1]);
    if (pid < 0) {
        close(line[0]);
        close(out[0]);
        return cannot_start("no process", err);
    }
    fcntl(line[0], F_SETFD, FD_CLOEXEC);
    fcntl(out[0], F_SETFD, FD_CLOEXEC);
    fcntl(out[0], F_SETFL, O_NONBLOCK);
    own->pid = pid;
    own->line = line[0];
    own->out = out[0];
    own->n_in = own->n_told = 0;
    return STATUS_OK;
}

/* Of what a worker prints the last is kept, for the day it dies. */
static void read_told(CrewProcess *process)
{
    char fresh[CREW_TOLD_BYTES];
    ssize_t n;

    while ((n = read(process->out, fresh, sizeof fresh)) > 0) {
        const size_t room = sizeof process->told - (size_t)n;
        if (process->n_told > room) {
            memmove(process->told, process->told + (process->n_told - room), room);
            process->n_told = room;
        }
        memcpy(process->told + process->n_told, fresh, (size_t)n);
        process->n_told += (size_t)n;
    }
}

static void make_room(CrewProcess *process, Arena *arena)
{
    if (process->room - process->n_in > ROOM_BYTES / 2)
        return;
    const size_t room = process->room == 0 ? ROOM_BYTES : 2 * process->room;
    uint8_t *in = ARENA_ARRAY(arena, uint8_t, room);
    if (process->n_in > 0)
        memcpy(in, process->in, process->n_in);
    process->in = in;
    process->room = room;
}

bool crew_process_read(CrewProcess *process, Arena *arena)
{
    read_told(process);
    for (;;) {
        make_room(process, arena);
        const ssize_t n = recv(process->line, process->in + process->n_in,
                               process->room - process->n_in, MSG_DONTWAIT);
        if (n > 0)
            process->n_in += (size_t)n;
        else if (n == 0 || (errno != EINTR && errno != EAGAIN && errno != EWOULDBLOCK))
            return false;
        else if (errno != EINTR)
            return true;
    }
}

bool crew_process_message(const CrewProcess *process, CrewWord *word, const char **text,
                          size_t *n_bytes)
{
    CrewHead head;

    if (process->n_in < sizeof head)
        return false;
    memcpy(&head, process->in, sizeof head);
    if (process->n_in < sizeof head + head.n_bytes)
        return false;
    *word = (CrewWord)head.word;
    *text = (const char *)process->in + sizeof head;
    *n_bytes = head.n_bytes;
    return true;
}

void crew_process_drop(CrewProcess *process)
{
    CrewHead head;

    memcpy(&head, process->in, sizeof head);
    process->n_in -= sizeof head + head.n_bytes;
    memmove(process->in, process->in + sizeof head + head.n_bytes, process->n_in);
}

const char *crew_process_told(CrewProcess *process, Arena *arena)
{
    static const char ours[] = "egret: ";
    const size_t n_ours = sizeof ours - 1;
    size_t end = process->n_told;

    while (end > 0) {
        size_t begin = end;
        while (begin > 0 && process->told[begin - 1] != '\n')
            begin--;
        if (end - begin > n_ours && memcmp(process->told + begin, ours, n_ours) == 0)
            return arena_text(arena, process->told + begin + n_ours, end - begin - n_ours);
        end = begin > 0 ? begin - 1 : 0;
    }
    return "";
}

/* Does it end by itself within a second? */
static bool ends(pid_t pid, int *how)
{
    const struct timespec moment = {.tv_nsec = MOMENT_NS};

    for (int i = 0; i < MOMENTS; i++) {
        if (waitpid(pid, how, WNOHANG) == pid)
            return true;
        nanosleep(&moment, NULL);
    }
    return false;
}

int crew_bury(pid_t pid, bool at_once)
{
    int how = 0;

    if (at_once || !ends(pid, &how)) {
        kill(pid, SIGKILL);
        while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
            continue;
    }
    return how;
}

int crew_process_end(CrewProcess *process, bool at_once)
{
    CHECK(process->pid != 0);
    close(process->line);
    const int how = crew_bury(process->pid, at_once);
    read_told(process);
    close(process->out);
    process->pid = 0;
    return how;
}
