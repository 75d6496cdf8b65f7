/* mpi_ranks.c - rank 0 hands out tasks, the others have a worker each. Only this file knows MPI.
 *
 * A process must not fork once MPI is awake, so each rank but 0 forks a keeper before
 * (crew_keeper.h) and is then a ferry: tasks from messages to the keeper, its words back. A rank
 * has up to DEPTH tasks, the next one in the keeper's line, so that the way there and back costs no
 * time. Nobody spins: Open MPI would, so we ask whether there is a message and sleep where there is
 * none.
 *
 * What a rank's death means is not for us to decide: mpirun ends all of them, and the same command
 * goes on from the logs. Limits: all ranks see the sweep's folder under the same name.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <mpi.h> /* not ours: cli/sweep is no include folder of this file */

#include "base/check.h"
#include "crew_keeper.h"
#include "crew_queue.h"
#include "interrupt.h"
#include "mpi_work.h"

enum { TAG_TASK = 1, TAG_WORD, TAG_TROUBLE, TAG_END };
enum {
    DEPTH = 2,            /* tasks of a rank: one under way, one waiting */
    SLEEP_NS_MIN = 20000, /* doubled as long as nothing comes            */
    SLEEP_NS_MAX = 1000000,
    PATIENCE_MS = 1, /* the same, of a rank that waits for its keeper */
    GRACE_MS = 1000  /* for what is under way when an end is asked for */
};

static bool is_waiting(MPI_Status *status)
{
    int flag = 0;

    MPI_Iprobe(MPI_ANY_SOURCE, MPI_ANY_TAG, MPI_COMM_WORLD, &flag, status);
    return flag != 0;
}

static void doze(long *ns)
{
    const struct timespec moment = {.tv_nsec = *ns};

    nanosleep(&moment, NULL);
    *ns = *ns < SLEEP_NS_MAX / 2 ? 2 * *ns : SLEEP_NS_MAX;
}

/* The message that is waiting. */
static char *receive(Arena *arena, const MPI_Status *status, int *n_bytes)
{
    MPI_Get_count(status, MPI_BYTE, n_bytes);
    char *bytes = ARENA_ARRAY(arena, char, (size_t)*n_bytes + 1);
    MPI_Recv(bytes, *n_bytes, MPI_BYTE, status->MPI_SOURCE, status->MPI_TAG, MPI_COMM_WORLD,
             MPI_STATUS_IGNORE);
    return bytes;
}

static void send_text(const char *text, int tag, int rank)
{
    MPI_Send(text, (int)strlen(text), MPI_BYTE, rank, tag, MPI_COMM_WORLD);
}

/* Do all ranks speak of the same plan? In all ranks. */
static bool same_plan(const Plan *plan)
{
    uint64_t hash = plan->hash;

    MPI_Bcast(&hash, 1, MPI_UINT64_T, 0, MPI_COMM_WORLD);
    return hash == plan->hash;
}

/* Open MPI yields the processor each time it is asked and has nothing, where there are more ranks
 * than processors; beside other work that takes a time slice. We sleep ourselves. */
static void wake_up(void)
{
    setenv("OMPI_MCA_mpi_yield_when_idle", "0", 0); // NOLINT(concurrency-mt-unsafe)
    MPI_Init(NULL, NULL);
}

/* ---- a rank that works -------------------- */

typedef struct Ferry {
    Keeper keeper;
    Arena *arena;     /* of a message */
    uint32_t n_given; /* tasks that the keeper has, the next ones in its line */
    bool sound;       /* it is there, and can write its log */
} Ferry;

/* What the keeper says. */
static void pass_word(Ferry *ferry)
{
    CrewWord word;
    const char *text;

    arena_reset(ferry->arena);
    ferry->n_given--;
    ferry->sound = keeper_hear(&ferry->keeper, ferry->arena, &word, &text);
    if (!ferry->sound) {
        send_text("its worker is gone", TAG_TROUBLE, 0);
        return;
    }
    ferry->sound = word == CREW_RESULT;
    send_text(text, ferry->sound ? TAG_WORD : TAG_TROUBLE, 0);
}

/* The message of rank 0 that is waiting. False: it is the last. */
static bool take_message(Ferry *ferry, const MPI_Status *status)
{
    int n_bytes;
    Task task;

    arena_reset(ferry->arena);
    const char *bytes = receive(ferry->arena, status, &n_bytes);
    if (status->MPI_TAG == TAG_END)
        return false;
    CHECK(n_bytes == (int)sizeof task);
    memcpy(&task, bytes, sizeof task);
    keeper_give(&ferry->keeper, task); /* if it is gone, we shall hear so */
    ferry->n_given++;
    return true;
}

static void ferry_all(Ferry *ferry)
{
    long ns = SLEEP_NS_MIN;
    MPI_Status status;

    for (;;) {
        if (is_waiting(&status)) {
            if (!take_message(ferry, &status))
                break;
            ns = SLEEP_NS_MIN;
        } else if (!ferry->sound || ferry->n_given == 0) {
            doze(&ns);
        } else if (keeper_wait(&ferry->keeper, PATIENCE_MS)) {
            pass_word(ferry);
        }
    }
    send_text("", TAG_END, 0);
}

static Status work(const CrewPlace *place, Err *err)
{
    Ferry ferry = {.arena = arena_new(), .sound = true};

    TRY(keeper_start(place, &ferry.keeper, err));
    wake_up();
    if (!same_plan(place->plan))
        send_text("not all ranks read the same sweep", TAG_TROUBLE, 0);
    ferry_all(&ferry);
    keeper_end(&ferry.keeper);
    arena_free(ferry.arena);
    MPI_Finalize();
    return STATUS_OK;
}

/* ---- rank 0 -------------------- */

typedef struct Ranks {
    Executor executor; /* first: what others know of it */
    Arena *scratch;    /* of a message */
    const uint64_t *group;
    uint32_t *n_given; /* [n_workers] tasks that rank w + 1 has */
} Ranks;

typedef struct Round {
    Ranks *ranks;
    const Task *task;
    TaskQueue *queue;
    uint32_t n_given, n_done;
    bool (*done)(void *context, const Result *result);
    void *context;
    bool ending;
    uint64_t ending_ms; /* crew_clock_ms: since when */
    Status status;
    Err *err;
} Round;

static void begin_end(Round *round)
{
    if (!round->ending)
        round->ending_ms = crew_clock_ms();
    round->ending = true;
}

/* One each, then the next one each. */
static void give_all(Round *round)
{
    Ranks *ranks = round->ranks;
    uint32_t task;

    for (uint32_t depth = 1; depth <= DEPTH; depth++)
        for (uint32_t w = 0; w < ranks->executor.n_workers && !round->ending; w++) {
            if (ranks->n_given[w] >= depth)
                continue;
            if (!task_queue_take(round->queue, w, &task))
                return;
            MPI_Send(&round->task[task], (int)sizeof(Task), MPI_BYTE, (int)w + 1, TAG_TASK,
                     MPI_COMM_WORLD);
            ranks->n_given[w]++;
            round->n_given++;
        }
}

static void take_word(Round *round, const MPI_Status *status)
{
    Ranks *ranks = round->ranks;
    int n_bytes;

    arena_reset(ranks->scratch);
    const char *text = receive(ranks->scratch, status, &n_bytes);
    if (status->MPI_TAG == TAG_WORD) {
        Result result;
        CHECK(result_parse(ranks->scratch, text, (size_t)n_bytes, &result));
        ranks->n_given[status->MPI_SOURCE - 1]--;
        round->n_given--;
        round->n_done++;
        if (!round->done(round->context, &result))
            begin_end(round);
        return;
    }
    if (round->status == STATUS_OK)
        round->status = err_set(round->err, STATUS_IO, "rank %d: %s", status->MPI_SOURCE, text);
    begin_end(round);
}

static Status run(Executor *executor, const Task *task, uint32_t n_tasks,
                  bool (*done)(void *context, const Result *result), void *context, Err *err)
{
    Ranks *ranks = (Ranks *)executor;
    Arena *scratch = arena_new();
    Round round = {.ranks = ranks,
                   .task = task,
                   .queue =
                       task_queue_new(scratch, task, n_tasks, ranks->group, executor->n_workers),
                   .done = done,
                   .context = context,
                   .err = err};
    long ns = SLEEP_NS_MIN;

    while (give_all(&round), round.n_given > 0) {
        MPI_Status status;
        if (is_waiting(&status)) {
            take_word(&round, &status);
            ns = SLEEP_NS_MIN;
        } else {
            doze(&ns);
        }
        if (interrupt_asked())
            begin_end(&round);
        if (round.ending && crew_clock_ms() > round.ending_ms + GRACE_MS)
            break;
    }
    arena_free(scratch);
    if (round.status == STATUS_OK && round.n_done < n_tasks && interrupt_asked())
        return err_set(err, STATUS_INTERRUPTED,
                       "interrupted after %" PRIu32 " of %" PRIu32 " tasks", round.n_done, n_tasks);
    return round.status;
}

/* What comes until the last word of each rank is late, and stands in the logs. */
static void end_all(Executor *executor)
{
    Ranks *ranks = (Ranks *)executor;
    uint32_t n_left = executor->n_workers;
    long ns = SLEEP_NS_MIN;

    for (uint32_t w = 0; w < executor->n_workers; w++)
        send_text("", TAG_END, (int)w + 1);
    while (n_left > 0) {
        MPI_Status status;
        int n_bytes;
        if (!is_waiting(&status)) {
            doze(&ns);
            continue;
        }
        arena_reset(ranks->scratch);
        receive(ranks->scratch, &status, &n_bytes);
        n_left -= status.MPI_TAG == TAG_END;
    }
    arena_free(ranks->scratch);
    MPI_Finalize();
}

static Executor *manage(Arena *arena, const CrewPlace *place)
{
    Ranks *ranks = ARENA_ARRAY(arena, Ranks, 1);
    int n_ranks;

    wake_up();
    MPI_Comm_size(MPI_COMM_WORLD, &n_ranks);
    same_plan(place->plan);
    *ranks = (Ranks){.executor = {.name = "MPI",
                                  .n_workers = (uint32_t)n_ranks - 1,
                                  .run = run,
                                  .close = end_all},
                     .scratch = arena_new(),
                     .group = place->work.group,
                     .n_given = ARENA_ARRAY(arena, uint32_t, (size_t)n_ranks)};
    return &ranks->executor;
}

/* ---- all ranks -------------------- */

bool mpi_is_built_in(void)
{
    return true;
}

Status mpi_open_with(Arena *arena, const CrewPlace *place, Executor **out, Err *err)
{
    const char *rank = getenv("OMPI_COMM_WORLD_RANK"); // NOLINT(concurrency-mt-unsafe)

    *out = NULL;
    if (rank == NULL || !mpi_launched())
        return err_set(err, STATUS_INTERNAL, "mpirun: no ranks; expected two or more");
    if (strtol(rank, NULL, 10) > 0)
        return work(place, err);
    *out = manage(arena, place);
    return STATUS_OK;
}

Status mpi_open(Arena *arena, const char *plan_folder, const Plan *plan, Executor **out, Err *err)
{
    const CrewPlace place = {.plan = plan, .folder = plan_folder, .work = crew_points(arena, plan)};

    return mpi_open_with(arena, &place, out, err);
}
