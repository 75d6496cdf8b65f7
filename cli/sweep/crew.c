/* crew.c - the manager of a crew: who does what, who has died of it, who takes too long.
 *
 * One loop: give tasks to those who have none, wait for word of anybody, take it. A worker that is
 * gone with a task leaves a question that lost() answers: written before it died (then that is the
 * result), ended by us for a limit, out of memory, or dead of something that may not happen again.
 * Memory is judged by a worker that has done nothing else before: what one holds of earlier points
 * is not the point's fault. Results that nobody lived to write are written here, into a log of the
 * manager's own.
 *
 * An end that is asked for (Ctrl-C, `done`, a log that cannot be written) stops the giving out;
 * those under way have GRACE_MS. Cost: one write, one read and one poll each way and task.
 */
#define _XOPEN_SOURCE 700

#include "crew.h"

#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>

#include "base/check.h"
#include "crew_parts.h"
#include "crew_queue.h"
#include "interrupt.h"
#include "results_log.h"

enum {
    GRACE_MS = 1000,  /* for what is under way when an end is asked for        */
    LOOK_UP_MS = 200, /* how long at most until an interruption is noticed     */
    MS_PER_S = 1000,
    BYTES_PER_MIB = 1 << 20
};

typedef struct Member {
    uint32_t task; /* index of what it works on                    */
    bool busy;
    uint32_t n_begun;           /* tasks, since its process was forked */
    uint64_t began_ms, unix_ms; /* of the task: crew_clock_ms, crew_unix_ms */
} Member;

typedef struct Crew {
    Executor executor;      /* first: what others know of it */
    Arena *arena, *scratch; /* its own; of what is told now */
    CrewPlace place;
    CrewProcess *process; /* [n_workers] */
    Member *member;       /* [n_workers] */
    struct pollfd *poll;  /* [2 * n_workers] line and output of each */
    ResultsLog *log;
} Crew;

typedef struct Work {
    Crew *crew;
    const Task *task; /* [n_tasks] */
    TaskQueue *queue;
    uint8_t *n_tried;  /* [n_tasks] workers that died of it */
    uint8_t *n_killed; /* [n_tasks] workers that were killed while they had it */
    uint32_t n_busy, n_done;
    bool (*done)(void *context, const Result *result);
    void *context;
    bool ending;
    uint64_t ending_ms; /* crew_clock_ms: since when */
    Status status;
    Err *err;
} Work;

static void begin_end(Work *work)
{
    if (!work->ending)
        work->ending_ms = crew_clock_ms();
    work->ending = true;
}

static void fail(Work *work, Status status)
{
    if (work->status == STATUS_OK)
        work->status = status;
    begin_end(work);
}

static void tell(Work *work, const Result *result)
{
    work->n_done++;
    if (!work->done(work->context, result))
        begin_end(work);
}

/* A worker is through with its task, one way or the other. */
static void release(Work *work, uint32_t w)
{
    work->crew->member[w].busy = false;
    work->n_busy--;
}

static const char *signal_text(Arena *arena, int number)
{
    static const struct {
        int number;
        const char *name;
    } names[] = {{SIGABRT, "SIGABRT"}, {SIGBUS, "SIGBUS"},   {SIGFPE, "SIGFPE"},
                 {SIGILL, "SIGILL"},   {SIGKILL, "SIGKILL"}, {SIGSEGV, "SIGSEGV"},
                 {SIGTERM, "SIGTERM"}, {SIGSYS, "SIGSYS"},   {SIGTRAP, "SIGTRAP"},
                 {SIGXCPU, "SIGXCPU"}, {SIGXFSZ, "SIGXFSZ"}};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (names[i].number == number)
            return names[i].name;
    return arena_printf(arena, "signal %d", number);
}

static const char *crash_text(Arena *arena, CrewProcess *process, int how, unsigned n_times)
{
    const char *told = crew_process_told(process, arena);
    const char *end = WIFSIGNALED(how) ? signal_text(arena, WTERMSIG(how))
                                       : arena_printf(arena, "exit code %d", WEXITSTATUS(how));

    return arena_printf(arena, "its worker died %u times: %s%s%s", n_times, end,
                        told[0] != '\0' ? ": " : "", told);
}

/* No program does that to itself: it says nothing of the task, unless it happens every time. */
static bool is_killed(int how)
{
    return WIFSIGNALED(how) && (WTERMSIG(how) == SIGKILL || WTERMSIG(how) == SIGTERM);
}

/* A result that no worker lived to write. */
static void judge(Work *work, uint32_t w, pid_t pid, ResultStatus status, const char *error)
{
    Crew *crew = work->crew;
    const Member *member = &crew->member[w];
    Result result = result_empty(work->task[member->task]);

    result.status = status;
    result.error = error;
    result.origin.host = crew_host(crew->scratch);
    result.origin.pid = (uint64_t)pid;
    result.origin.began_unix_ms = member->unix_ms;
    result.origin.wall_ms = crew_clock_ms() - member->began_ms;
    result.origin.attempts =
        (uint64_t)work->n_tried[member->task] + work->n_killed[member->task] + 1;
    const Status status_of_log = results_log_append(crew->log, &result, work->err);
    if (status_of_log != STATUS_OK)
        fail(work, status_of_log);
    else
        tell(work, &result);
}

/* Give a worker a task; one that is gone is replaced. False: that could not be. */
static bool order(Work *work, uint32_t w, uint32_t task)
{
    Crew *crew = work->crew;
    Member *member = &crew->member[w];
    const CrewOrder text = {.task = work->task[task],
                            .attempt = (uint32_t)work->n_tried[task] + work->n_killed[task] + 1};

    if (crew->process[w].pid == 0) {
        member->n_begun = 0;
        const Status status =
            crew_process_start(crew->process, crew->executor.n_workers, w, &crew->place, work->err);
        if (status != STATUS_OK) {
            fail(work, status);
            return false;
        }
    }
    *member = (Member){.task = task,
                       .busy = true,
                       .n_begun = member->n_begun + 1,
                       .began_ms = crew_clock_ms(),
                       .unix_ms = crew_unix_ms()};
    crew->process[w].n_told = 0;
    work->n_busy++;
    crew_send(crew->process[w].line, &text, sizeof text); /* if not: we shall hear of its death */
    return true;
}

static const char *memory_text(Arena *arena, uint64_t limit)
{
    if (limit == 0)
        return "needs more memory than there is";
    return arena_printf(arena, "needs more than %.15g MiB of memory",
                        (double)limit / BYTES_PER_MIB);
}

/* Once more, at once, by a new worker; or what it died of is the result. */
static void judge_crash(Work *work, uint32_t w, pid_t pid, int how)
{
    Crew *crew = work->crew;
    const uint32_t task = crew->member[w].task;
    const bool memory = WIFEXITED(how) && WEXITSTATUS(how) == ARENA_OUT_OF_MEMORY;
    const unsigned limit = is_killed(how) ? CREW_KILLS : CREW_ATTEMPTS;
    uint8_t *n_times = is_killed(how) ? work->n_killed : work->n_tried;

    if (memory && crew->member[w].n_begun == 1) {
        judge(work, w, pid, RESULT_OUT_OF_MEMORY,
              memory_text(crew->scratch, crew->place.plan->sweep->memory_bytes));
    } else if (!memory && n_times[task] + 1u == limit) {
        judge(work, w, pid, RESULT_CRASHED,
              crash_text(crew->scratch, &crew->process[w], how, limit));
    } else {
        n_times[task] += !memory;
        order(work, w, task);
    }
}

/* The worker is gone, or is to go: overdue. What becomes of its task? */
static void lose(Work *work, uint32_t w, bool overdue)
{
    Crew *crew = work->crew;
    const Member *member = &crew->member[w];
    CrewProcess *process = &crew->process[w];
    const Task task = work->task[member->task];
    const pid_t pid = process->pid;
    const int how = crew_process_end(process, true);

    if (!member->busy)
        return;
    release(work, w);
    Result *written = ARENA_ARRAY(crew->scratch, Result, 1);
    if (crew_last_result(crew->scratch, crew->place.folder, task, pid, written))
        tell(work, written);
    else if (overdue)
        judge(work, w, pid, RESULT_TIMEOUT,
              arena_printf(crew->scratch, "takes longer than %.15g s",
                           crew->place.plan->sweep->timeout_s));
    else if (!work->ending)
        judge_crash(work, w, pid, how);
}

static void take_messages(Work *work, uint32_t w)
{
    CrewProcess *process = &work->crew->process[w];
    CrewWord word;
    const char *text;
    size_t n_bytes;

    while (crew_process_message(process, &word, &text, &n_bytes)) {
        CHECK(word == CREW_RESULT || word == CREW_TROUBLE);
        if (work->crew->member[w].busy)
            release(work, w);
        if (word == CREW_RESULT) {
            Result *result = ARENA_ARRAY(work->crew->scratch, Result, 1);
            CHECK(result_parse(work->crew->scratch, text, n_bytes, result));
            tell(work, result);
        } else if (work->status == STATUS_OK) {
            fail(work, err_set(work->err, STATUS_IO, "%.*s", (int)n_bytes, text));
        }
        crew_process_drop(process);
    }
}

static void listen_to(Work *work, uint32_t w, bool overdue)
{
    const bool there = crew_process_read(&work->crew->process[w], work->crew->arena);

    arena_reset(work->crew->scratch);
    take_messages(work, w);
    if (!there)
        lose(work, w, false);
    else if (overdue && work->crew->member[w].busy)
        lose(work, w, !work->ending);
}

static void hand_out(Work *work)
{
    Crew *crew = work->crew;
    uint32_t task;

    for (uint32_t w = 0; w < crew->executor.n_workers && !work->ending; w++) {
        if (crew->member[w].busy)
            continue;
        if (!task_queue_take(work->queue, w, &task) || !order(work, w, task))
            return;
    }
}

/* When the time of a worker is up, on the clock of crew_clock_ms; UINT64_MAX: never. */
static uint64_t deadline_ms(const Work *work, uint32_t w)
{
    const Sweep *sweep = work->crew->place.plan->sweep;
    const Member *member = &work->crew->member[w];

    if (!member->busy)
        return UINT64_MAX;
    const uint64_t own = sweep->timeout_s > 0
                             ? member->began_ms + (uint64_t)(sweep->timeout_s * MS_PER_S)
                             : UINT64_MAX;
    const uint64_t all = work->ending ? work->ending_ms + GRACE_MS : UINT64_MAX;
    return own < all ? own : all;
}

/* Wait until there is word of somebody, somebody's time is up, or it is time to look up. */
static void wait_for_word(Work *work)
{
    Crew *crew = work->crew;
    const uint64_t now = crew_clock_ms();
    uint64_t wait = LOOK_UP_MS;

    for (uint32_t w = 0; w < crew->executor.n_workers; w++) {
        const CrewProcess *process = &crew->process[w];
        const uint64_t deadline = deadline_ms(work, w);
        const uint64_t left = deadline > now ? deadline - now : 0;
        wait = left < wait ? left : wait;
        crew->poll[2 * w] =
            (struct pollfd){.fd = process->pid != 0 ? process->line : -1, .events = POLLIN};
        crew->poll[2 * w + 1] =
            (struct pollfd){.fd = process->pid != 0 ? process->out : -1, .events = POLLIN};
    }
    if (poll(crew->poll, 2 * (nfds_t)crew->executor.n_workers, (int)wait) <= 0)
        for (uint32_t i = 0; i < 2 * crew->executor.n_workers; i++)
            crew->poll[i].revents = 0;
}

static Status run(Executor *executor, const Task *task, uint32_t n_tasks,
                  bool (*done)(void *context, const Result *result), void *context, Err *err)
{
    Crew *crew = (Crew *)executor;
    Arena *scratch = arena_new();
    Work work = {.crew = crew,
                 .task = task,
                 .queue = task_queue_new(scratch, task, n_tasks, crew->place.work.group,
                                         executor->n_workers),
                 .n_tried = ARENA_ARRAY(scratch, uint8_t, n_tasks),
                 .n_killed = ARENA_ARRAY(scratch, uint8_t, n_tasks),
                 .done = done,
                 .context = context,
                 .err = err};

    while (hand_out(&work), work.n_busy > 0) {
        wait_for_word(&work);
        if (interrupt_asked())
            begin_end(&work);
        const uint64_t now = crew_clock_ms();
        for (uint32_t w = 0; w < executor->n_workers; w++)
            if (crew->process[w].pid != 0 &&
                (crew->poll[2 * w].revents != 0 || crew->poll[2 * w + 1].revents != 0 ||
                 deadline_ms(&work, w) <= now))
                listen_to(&work, w, deadline_ms(&work, w) <= now);
    }
    arena_free(scratch);
    if (work.status == STATUS_OK && work.n_done < n_tasks && interrupt_asked())
        return err_set(err, STATUS_INTERRUPTED,
                       "interrupted after %" PRIu32 " of %" PRIu32 " tasks", work.n_done, n_tasks);
    return work.status;
}

static void end_all(Executor *executor)
{
    Crew *crew = (Crew *)executor;

    for (uint32_t w = 0; w < executor->n_workers; w++)
        if (crew->process[w].pid != 0)
            crew_process_end(&crew->process[w], crew->member[w].busy);
    results_log_close(crew->log);
    arena_free(crew->scratch);
}

Status crew_open_with(Arena *arena, const CrewPlace *place, uint32_t n_workers, Executor **out,
                      Err *err)
{
    Crew *crew = ARENA_ARRAY(arena, Crew, 1);

    CHECK(n_workers > 0);
    *out = NULL;
    *crew = (Crew){
        .executor = {.name = "processes", .n_workers = n_workers, .run = run, .close = end_all},
        .arena = arena,
        .place = *place,
        .process = ARENA_ARRAY(arena, CrewProcess, n_workers),
        .member = ARENA_ARRAY(arena, Member, n_workers),
        .poll = ARENA_ARRAY(arena, struct pollfd, 2 * (size_t)n_workers)};
    TRY(results_log_open(arena, place->plan, place->folder, &crew->log, err));
    crew->scratch = arena_new();
    for (uint32_t w = 0; w < n_workers; w++) {
        const Status status = crew_process_start(crew->process, n_workers, w, &crew->place, err);
        if (status != STATUS_OK) {
            end_all(&crew->executor);
            return status;
        }
    }
    *out = &crew->executor;
    return STATUS_OK;
}
