/* sweep.h - design-space sweeps: read this first.
 *
 *   SWEEP.yaml --sweep_load--> Sweep --plan_make--> Plan
 *                                                    | tasks, round by round (rounds.c)
 *                              crew.c, mpi_ranks.c, slurm.c: who works on them
 *                                                    | point_run (point.c): one task -> Result
 *                              results_log.c: a line in a log, written once, whole or not at all
 *                                                    | merge
 *                              store.c: SQLite, one row a task --> status, front, CSV, page
 *
 * The plan and the logs beside the database (`DB.d/`) are the truth: whoever worked, in whatever
 * order, however often something died, the same plan gives the same rows. What differs from run to
 * run (host, times) stands in columns of its own and is in no comparison.
 */
#ifndef CLI_SWEEP_H
#define CLI_SWEEP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/err.h"
#include "sim/compare.h"
#include "sim/report.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- what is varied -------------------- */

typedef enum KeyKind {
    KEY_NETWORK,  /* "network": a network directory                                      */
    KEY_GENERATE, /* "generate.density": an option of `egret gen`; "generate" its operand */
    KEY_CHIP,     /* "chip": a file, or the name of a shipped chip                       */
    KEY_NUMBER,   /* "chip.noc.hop_cycles": a key of the chip, as `--set` takes it       */
    KEY_OPTION,   /* "run.placement": an option of `egret run`; "true" or "false" of flags */
    KEY_FREE      /* "my.voltage": a number that only expressions read                   */
} KeyKind;

typedef struct SweepKey {
    KeyKind kind;
    const char *name;   /* as it stands in the file, unique: also the name of its column  */
    const char *option; /* what follows the prefix: "noc.hop_cycles"                      */
} SweepKey;

enum { SWEEP_MAX_POINTS = 10000000 };

typedef enum Fidelity { FIDELITY_COUNT, FIDELITY_EVENT, FIDELITY_FLIT, N_FIDELITIES } Fidelity;

const char *fidelity_name(Fidelity fidelity); /* "count", "event", "flit" */

typedef struct SweepObjective {
    const char *metric; /* of METRIC_LIST                                                */
    bool larger_is_better;
} SweepObjective;

typedef struct SweepLimit { /* points outside are on no front                          */
    const char *metric;
    double min, max; /* -INFINITY, INFINITY: none                                        */
} SweepLimit;

typedef struct Sweep {
    const char *name;
    const char *file;   /* path of SWEEP.yaml, for messages                              */
    const char *folder; /* that relative paths in it start from; absolute                */
    const char *text;   /* the file, verbatim                                            */
    Fidelity fidelity;  /* of all points; with `multi` of the screening's second round   */
    bool multi;         /* screen with count, re-time the promising with event           */
    bool confirm;       /* the front again, with flit                                     */
    bool compile_once;  /* one mapping whatever the times and prices of the chip         */
    uint32_t n_objectives;
    const SweepObjective *objective; /* [n_objectives]                                    */
    uint32_t n_limits;
    const SweepLimit *limit; /* [n_limits]                                               */
    double timeout_s;        /* of a point; 0: none                                       */
    uint64_t memory_bytes;   /* of a point; 0: none                                       */
} Sweep;

/* All points, in their order. */
typedef struct Plan {
    const Sweep *sweep;
    uint32_t n_keys;
    const SweepKey *key; /* [n_keys] those that are the same in all points come last ...  */
    uint32_t n_varied;   /* ... from here on                                              */
    uint32_t n_points;
    const char *const *value; /* [n_points][n_keys]                                       */
    uint64_t n_left_out;      /* points of the design that a constraint refused           */
    uint64_t hash;            /* over keys, values, and what of the sweep shapes a result */
} Plan;

static inline const char *plan_value(const Plan *plan, uint32_t point, uint32_t key)
{
    return plan->value[(size_t)point * plan->n_keys + key];
}

/* sweep_load - read SWEEP.yaml (docs/sweep.md), lay out its points, and see that every key is
 * known and every value of an axis is in range, by itself: chip numbers on the chip, options
 * by the tables of `egret run` and `egret gen`. Nothing is run. Errors: IO, INPUT (file:line:col). */
Status sweep_load(Arena *arena, const char *path, const Plan **out, Err *err);

/* Where a text of a sweep comes from: its path for messages, and the folder of relative paths. */
typedef struct SweepSource {
    const char *file, *folder;
} SweepSource;

/* sweep_parse - all of a Sweep but its points, from a text that sweep_load has accepted once: keys
 * and values are not looked at. Errors: INPUT (file:line:col). */
Status sweep_parse(Arena *arena, SweepSource source, const char *text, size_t n_bytes,
                   const Sweep **out, Err *err);

/* A plan that is made point by point: from a design, from files, from the database. */
typedef struct PlanMaker PlanMaker;

/* plan_begin - names of all keys, those that vary first; copied. Errors: INPUT (no name of a key,
 * twice the same). */
Status plan_begin(Arena *arena, const Sweep *sweep, const char *const *key, uint32_t n_keys,
                  uint32_t n_varied, PlanMaker **out, Err *err);

/* plan_expect - how many points will come, so that no room is wasted. plan_count - how many there
 * are. plan_add - the next point: [n_keys] values. In a plan each text is stored once: values are
 * equal if and only if their pointers are. plan_finish - the same names, values and sweep give the
 * same hash. cost: O(bytes of the values) */
void plan_expect(PlanMaker *maker, uint32_t n_points);
uint32_t plan_count(const PlanMaker *maker);
void plan_add(PlanMaker *maker, const char *const *value);
const Plan *plan_finish(PlanMaker *maker, uint64_t n_left_out);

/* plan_save - into a folder: plan.csv (column `point`, the keys that vary, a checksum of the line),
 * sweep.yaml (verbatim) and plan.json (the other keys, hashes). plan_load - read them back: the
 * same Plan, hash and all. Errors: IO, INPUT (file:line:col). */
Status plan_save(Arena *arena, const Plan *plan, const char *folder, Err *err);
Status plan_load(Arena *arena, const char *folder, const Plan **out, Err *err);

/* ---- what comes of it -------------------- */

typedef struct Task {
    uint32_t point;
    Fidelity fidelity;
} Task;

/* X(NAME, name, meaning) */
#define RESULT_LIST(X)                                                     \
    X(OK, "ok", "simulated")                                               \
    X(NO_FIT, "no-fit", "does not fit the chip")                           \
    X(INVALID, "invalid", "values that contradict one another")            \
    X(UNSUPPORTED, "unsupported", "valid, but cannot be simulated")        \
    X(TIMEOUT, "timeout", "took longer than the time limit")               \
    X(OUT_OF_MEMORY, "out-of-memory", "took more than the memory limit")   \
    X(CRASHED, "crashed", "its worker died of it, each time it was tried") \
    X(FAILED, "failed", "any other error")                                 \
    X(SCREENED, "screened", "not simulated: others are better whatever it takes")

typedef enum ResultStatus {
#define X(NAME, name, meaning) RESULT_##NAME,
    RESULT_LIST(X)
#undef X
        N_RESULTS
} ResultStatus;

const char *result_name(ResultStatus status);    /* "no-fit" */
const char *result_meaning(ResultStatus status); /* "does not fit the chip" */

enum {
#define X(ID, name, unit, meaning) +1
    N_RESULT_METRICS = 0 METRIC_LIST(X)
#undef X
};

/* X(field): texts of a result; "" where there is none. Hashes are 16 hexadecimal digits. */
#define RESULT_TEXT_LIST(X) \
    X(network_hash) X(input_hash) X(chip_hash) X(program_hash) X(mapping_hash) X(binding)

/* X(field): whole numbers of a result; 0 where there is none. */
#define RESULT_COUNT_LIST(X) \
    X(cores_used)            \
    X(fullest_data_bytes) X(available_data_bytes) X(table_entries_used) X(simulated_steps) X(run_ps)

/* One row. The same task gives the same, but for `origin`. */
typedef struct Result {
    Task task;
    ResultStatus status;
    const char *error; /* one line, "" where all went well                                 */
#define X(field) const char *field;
    RESULT_TEXT_LIST(X)
#undef X
#define X(field) uint64_t field;
    RESULT_COUNT_LIST(X)
#undef X
    bool has[N_RESULT_METRICS]; /* in the order of METRIC_LIST                             */
    double value[N_RESULT_METRICS], low[N_RESULT_METRICS], high[N_RESULT_METRICS];
    struct ResultOrigin {
        const char *host;
        uint64_t pid, began_unix_ms, wall_ms, attempts;
    } origin;
} Result;

/* result_metric_name - of number i of METRIC_LIST; result_metric - its number, or
 * N_RESULT_METRICS. */
const char *result_metric_name(uint32_t i);
uint32_t result_metric(const char *name);

/* result_line - as a line of CSV that ends with a checksum and a line break. Of a metric that is
 * not there, the cells are empty; `_low` and `_high` are where they equal the value. Line breaks
 * in texts become spaces; what is not finite is not there. result_header - the line of column
 * names. result_parse - read a line back; false if it is not whole. cost: O(columns) */
const char *result_header(Arena *arena);
const char *result_line(Arena *arena, const Result *result);
bool result_parse(Arena *arena, const char *line, size_t n_bytes, Result *out);

/* result_empty - of a task, `ok` so far, with nothing in it. */
Result result_empty(Task task);

/* Results: all of a plan, by task; what logs and database are read into. */
typedef struct Results {
    uint32_t n_points;
    const Result **row; /* [N_FIDELITIES][n_points], NULL: not there yet                   */
    uint64_t n_twice;   /* tasks that stood in the logs more than once, with equal results */
    uint32_t n_notes;
    const char *const *note; /* [n_notes] lines of logs that are damaged and were passed over  */
} Results;

/* results_none - of a plan, nothing yet. */
Results results_none(Arena *arena, const Plan *plan);

/* results_put - a further one; what stands there already stays, if it says the same. A result that
 * tells how far a machine got (timeout, out of memory, crashed, screened) yields to one that tells
 * what comes out, so that the order does not matter. Errors: INTERNAL (two that differ: names the
 * task and the column). */
Status results_put(Results *results, const Result *result, Err *err);

static inline const Result *results_at(const Results *results, Task task)
{
    return results->row[(size_t)task.fidelity * results->n_points + task.point];
}

#ifdef __cplusplus
}
#endif
#endif
