/* dry_run.c - tries a few points and says what all would take.
 *
 * The first, the middle and the last point are run twice each: once for what points of a group
 * share (network, events, program), once for what each takes by itself.
 */
#define _DEFAULT_SOURCE

#include "dry_run.h"

#include <inttypes.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>

#include "base/number_text.h"
#include "point.h"
#include "rounds.h"

enum { TRIED_POINTS = 3 };

typedef struct Tried {
    uint32_t n, n_ok;
    double shared_s, own_s; /* sums */
    const char *first_error;
} Tried;

static double now_s(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static double run_s(PointCache *cache, Task task, Tried *tried, Arena *keep)
{
    Arena *arena = arena_new();
    Result result;
    const double begin = now_s();

    point_run(cache, arena, task, &result);
    const double taken = now_s() - begin;
    if (result.status == RESULT_OK)
        tried->n_ok++;
    else if (tried->first_error == NULL)
        tried->first_error = arena_printf(keep, "point %" PRIu32 " %s: %s", task.point,
                                          result_name(result.status), result.error);
    arena_free(arena);
    return taken;
}

static Tried try_points(Arena *arena, const Plan *plan, Fidelity fidelity)
{
    const uint32_t last = plan->n_points - 1, point[TRIED_POINTS] = {0, last / 2, last};
    Tried tried = {0};

    for (uint32_t i = 0; i < TRIED_POINTS; i++) {
        if (i > 0 && point[i] == point[i - 1])
            continue;
        PointCache *cache = point_cache_new(plan, NULL);
        const double first_s = run_s(cache, (Task){point[i], fidelity}, &tried, arena);
        const double again_s = run_s(cache, (Task){point[i], fidelity}, &tried, arena);
        point_cache_free(cache);
        tried.n++;
        tried.own_s += again_s;
        tried.shared_s += first_s > again_s ? first_s - again_s : 0;
    }
    return tried;
}

static int compare_u64(const void *a, const void *b)
{
    const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return (x > y) - (x < y);
}

static uint32_t count_groups(Arena *arena, const Plan *plan)
{
    uint64_t *sorted = ARENA_ARRAY(arena, uint64_t, plan->n_points);
    const uint64_t *group = point_groups(arena, plan);
    uint32_t n = plan->n_points > 0 ? 1 : 0;

    for (uint32_t i = 0; i < plan->n_points; i++)
        sorted[i] = group[i];
    qsort(sorted, plan->n_points, sizeof *sorted, compare_u64);
    for (uint32_t i = 1; i < plan->n_points; i++)
        n += sorted[i] != sorted[i - 1];
    return n;
}

static void write_time(double seconds, FILE *stream)
{
    if (seconds < 120)
        fprintf(stream, "%.1f s", seconds);
    else if (seconds < 7200)
        fprintf(stream, "%.1f min", seconds / 60);
    else
        fprintf(stream, "%.1f h", seconds / 3600);
}

static uint64_t peak_mib(void)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss / 1024;
}

static void write_round(const Plan *plan, Fidelity fidelity, const Tried *tried, uint32_t n_groups,
                        uint32_t n_workers, FILE *stream)
{
    const double own_s = tried->own_s / tried->n, shared_s = tried->shared_s / tried->n;

    fprintf(stream, "  %-6s a point takes ", fidelity_name(fidelity));
    write_time(own_s, stream);
    fprintf(stream, ", what a group shares ");
    write_time(shared_s, stream);
    fprintf(stream, "; all: ");
    write_time((own_s * plan->n_points + shared_s * n_groups) / n_workers, stream);
    fprintf(stream, "\n");
    if (tried->first_error != NULL)
        fprintf(stream, "         %s\n", tried->first_error);
}

Status dry_run(Arena *arena, const Plan *plan, uint32_t n_workers, FILE *stream, Err *err)
{
    const Sweep *sweep = plan->sweep;
    const uint32_t n_groups = count_groups(arena, plan);

    TRY(rounds_check(plan, err));
    fprintf(stream, "%s: %s points", sweep->name, number_text(plan->n_points).text);
    if (plan->n_left_out > 0)
        fprintf(stream, ", %s left out by constraints", number_text(plan->n_left_out).text);
    fprintf(stream, "; %s programs; %" PRIu32 " worker%s\n", number_text(n_groups).text, n_workers,
            n_workers == 1 ? "" : "s");
    fprintf(stream, "  varied:");
    for (uint32_t k = 0; k < plan->n_varied; k++)
        fprintf(stream, "%s %s", k > 0 ? "," : "", plan->key[k].name);
    fprintf(stream, "\n");
    if (sweep->multi) {
        const Tried counted = try_points(arena, plan, FIDELITY_COUNT);
        write_round(plan, FIDELITY_COUNT, &counted, n_groups, n_workers, stream);
    }
    const Tried tried = try_points(arena, plan, sweep->fidelity);
    write_round(plan, sweep->fidelity, &tried, n_groups, n_workers, stream);
    if (sweep->multi)
        fprintf(stream, "         at most: points that others are better than are left out\n");
    fprintf(stream, "  memory: about %s MiB a worker; %" PRIu32 " points were tried\n",
            number_text(peak_mib()).text, tried.n);
    return STATUS_OK;
}
