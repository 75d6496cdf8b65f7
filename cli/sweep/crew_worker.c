/* crew_worker.c - the life of a worker: an order, the task, its line in the log, word of it.
 *
 * Limits that hold here: no more memory than at its beginning plus what a point may take, so that
 * a point that needs more finds none (arena.h: an exit code of its own); the end of the manager is
 * its end. Signals that a terminal sends to all are for the manager to judge.
 */
#define _XOPEN_SOURCE 700

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

#include "crew_parts.h"
#include "results_log.h"

enum { HOST_BYTES = 256, MS_PER_S = 1000, NS_PER_MS = 1000000 };

static uint64_t read_clock(clockid_t clock)
{
    struct timespec now;

    if (clock_gettime(clock, &now) != 0)
        return 0;
    return (uint64_t)now.tv_sec * MS_PER_S + (uint64_t)now.tv_nsec / NS_PER_MS;
}

uint64_t crew_unix_ms(void)
{
    return read_clock(CLOCK_REALTIME);
}

uint64_t crew_clock_ms(void)
{
    return read_clock(CLOCK_MONOTONIC);
}

const char *crew_host(Arena *arena)
{
    char *name = ARENA_ARRAY(arena, char, HOST_BYTES);

    if (gethostname(name, HOST_BYTES - 1) != 0)
        name[0] = '\0';
    return name;
}

bool crew_send(int line, const void *bytes, size_t n_bytes)
{
    const char *at = bytes;

    while (n_bytes > 0) {
        const ssize_t n = send(line, at, n_bytes, MSG_NOSIGNAL);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        n_bytes -= (size_t)n;
    }
    return true;
}

bool crew_receive(int line, void *bytes, size_t n_bytes)
{
    char *at = bytes;

    while (n_bytes > 0) {
        const ssize_t n = recv(line, at, n_bytes, 0);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return false;
        at += n;
        n_bytes -= (size_t)n;
    }
    return true;
}

bool crew_say(int line, CrewWord word, const char *text)
{
    const CrewHead head = {.word = word, .n_bytes = (uint32_t)strlen(text)};

    return crew_send(line, &head, sizeof head) && crew_send(line, text, head.n_bytes);
}

void crew_obey(pid_t manager)
{
    struct sigaction ignore = {.sa_handler = SIG_IGN}, usual = {.sa_handler = SIG_DFL};

    sigemptyset(&ignore.sa_mask);
    sigemptyset(&usual.sa_mask);
    sigaction(SIGINT, &ignore, NULL);
    sigaction(SIGHUP, &ignore, NULL);
    sigaction(SIGTERM, &usual, NULL);
#ifdef __linux__
    prctl(PR_SET_PDEATHSIG, SIGKILL);
#endif
    if (getppid() != manager) /* gone before we asked to be told */
        _exit(EXIT_FAILURE);
}

/* Bytes of address space that the process has now; 0 where the system does not say. */
static uint64_t held_bytes(void)
{
    FILE *file = fopen("/proc/self/statm", "r");
    uint64_t pages = 0;

    if (file == NULL)
        return 0;
    if (fscanf(file, "%" SCNu64, &pages) != 1) // NOLINT(cert-err34-c): 0 is an answer
        pages = 0;
    fclose(file);
    return pages * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void limit_memory(uint64_t bytes)
{
    struct rlimit limit;

    if (bytes == 0 || getrlimit(RLIMIT_AS, &limit) != 0)
        return;
    const uint64_t wanted = held_bytes() + bytes;
    if (limit.rlim_max == RLIM_INFINITY || wanted < limit.rlim_max)
        limit.rlim_cur = (rlim_t)wanted;
    setrlimit(RLIMIT_AS, &limit);
}

/* What a worker works with. */
typedef struct Bench {
    const CrewPlace *place;
    Arena *arena; /* of a task */
    void *context;
    ResultsLog *log;
} Bench;

static Status follow(const Bench *bench, const CrewOrder *order, const char **line, Err *err)
{
    Result result = result_empty(order->task);
    const uint64_t began = crew_clock_ms(), began_unix = crew_unix_ms();

    bench->place->work.run(bench->context, bench->arena, order->task, &result);
    result.origin.host = crew_host(bench->arena);
    result.origin.pid = (uint64_t)getpid();
    result.origin.began_unix_ms = began_unix;
    result.origin.wall_ms = crew_clock_ms() - began;
    result.origin.attempts = order->attempt;
    TRY(results_log_append(bench->log, &result, err));
    *line = result_line(bench->arena, &result);
    return STATUS_OK;
}

static void work_on(const Bench *bench, int line)
{
    CrewOrder order;
    const char *text;
    Err err = {0};

    while (crew_receive(line, &order, sizeof order)) {
        if (follow(bench, &order, &text, &err) != STATUS_OK) {
            crew_say(line, CREW_TROUBLE, err.message);
            return;
        }
        if (!crew_say(line, CREW_RESULT, text))
            return;
        arena_reset(bench->arena);
    }
}

void crew_worker_live(const CrewPlace *place, int line, pid_t manager)
{
    Arena *life = arena_new();
    Bench bench = {.place = place, .arena = arena_new()};
    Err err = {0};

    crew_obey(manager);
    limit_memory(place->plan->sweep->memory_bytes);
    if (results_log_open(life, place->plan, place->folder, &bench.log, &err) != STATUS_OK) {
        crew_say(line, CREW_TROUBLE, err.message);
        exit(EXIT_FAILURE);
    }
    bench.context = place->work.open(place->plan, place->folder);
    work_on(&bench, line);
    place->work.close(bench.context);
    results_log_close(bench.log);
    arena_free(bench.arena);
    arena_free(life);
    exit(EXIT_SUCCESS);
}
