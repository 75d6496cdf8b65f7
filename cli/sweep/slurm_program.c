/* slurm_program.c - a program from PATH, run to its end, and what it printed. */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "slurm_parts.h"

enum { SAID_BYTES = 1 << 12, NOT_FOUND = 127 };

extern char **environ; // NOLINT(readability-redundant-declaration)

/* All of it is read, so that the program is never stopped by a full pipe; the beginning is kept. */
static const char *read_said(Arena *arena, int from)
{
    char *said = ARENA_ARRAY(arena, char, SAID_BYTES + 1), spare[SAID_BYTES];
    size_t n = 0;

    for (;;) {
        const bool full = n == SAID_BYTES;
        const ssize_t got = read(from, full ? spare : said + n, SAID_BYTES - (full ? 0 : n));
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            break;
        n += full ? 0 : (size_t)got;
    }
    while (n > 0 && said[n - 1] == '\n')
        said[--n] = '\0';
    return said;
}

int slurm_program(Arena *arena, const char *const *word, const char **said)
{
    posix_spawn_file_actions_t actions;
    int line[2], how = 0;
    pid_t pid;

    *said = "";
    if (pipe(line) != 0)
        return -1;
    fcntl(line[0], F_SETFD, FD_CLOEXEC);
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_adddup2(&actions, line[1], STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, line[1], STDERR_FILENO);
    posix_spawn_file_actions_addclose(&actions, line[1]);
    /* The words are not changed by it: POSIX says so, its prototype cannot. */
    const int reason = posix_spawnp(&pid, word[0], &actions, NULL, (char *const *)word, environ);
    posix_spawn_file_actions_destroy(&actions);
    close(line[1]);
    if (reason == 0) {
        *said = read_said(arena, line[0]);
        while (waitpid(pid, &how, 0) < 0 && errno == EINTR)
            continue;
    }
    close(line[0]);
    if (reason != 0 || (WIFEXITED(how) && WEXITSTATUS(how) == NOT_FOUND))
        return -1;
    return WIFEXITED(how) ? WEXITSTATUS(how) : NOT_FOUND + 1;
}
