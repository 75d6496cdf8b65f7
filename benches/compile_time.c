/* compile_time.c - what the compiler's passes cost against the size of the problem, and what
 * routes and tables they make.
 *
 *   compile_time [--sizes N,N,..] [--fan-in N] [--reach N] [--routing NAME] [--tables MODE]
 *           [--split NAME] [--placement NAME] [--uniform] [--units-per-core N]
 *           [--units-per-layer N]
 *
 * For each size N (units) it draws a network of layers of units on a square grid, inputs and
 * recurrent sources within reach (or anywhere, --uniform), and compiles it onto a square mesh of
 * tiles of four cores with a router each, so many units a core: loihi-like.yaml, made larger,
 * with memory enough. Passes run one after another as compile() runs them, each followed by its
 * checks, and are timed by the CPU clock. The table has a row for each size: seconds of each pass
 * and of all checks, peak memory, hops, the busiest link, and entries of tables before and after
 * merging. The last line is the exponent of the total time against the size, fitted over all rows.
 *
 * Limits: times are of one machine under one load.
 */
#define _POSIX_C_SOURCE 200809L

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sys/resource.h>
#include <time.h>

#include "mapping.h"
#include "base/check.h"
#include "base/real_math.h"
#include "models/generate.h"

enum { MAX_SIZES = 16, CORES_PER_TILE = 4, N_INPUTS = 64, N_TIMED = 9 };
#define DATA_BYTES 1e8 /* memory is not what is measured here */

typedef struct Job {
    uint32_t n_sizes, size[MAX_SIZES];
    uint32_t fan_in, reach, units_per_core, units_per_layer;
    bool uniform;
    CompileOptions options;
} Job;

typedef struct Timed {
    const char *name;
    unsigned makes;
    PassRun run;
} Timed;

static const Timed PASS[N_TIMED] = {
    {"cores", MAP_HAS_COUNTS, pass_cores},   {"split", MAP_HAS_SLICES, pass_split},
    {"place", MAP_HAS_PLACE, pass_place},    {"format", MAP_HAS_FORMAT, pass_format},
    {"memory", MAP_HAS_MEMORY, pass_memory}, {"keys", MAP_HAS_KEYS, pass_keys},
    {"routes", MAP_HAS_ROUTES, pass_routes}, {"tables", MAP_HAS_TABLES, pass_tables},
    {"emit", MAP_HAS_PROGRAM, pass_emit},
};

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static void fail(const Err *err)
{
    fprintf(stderr, "compile_time: %s\n", err->message);
    exit(1);
}

static Cost plain(double value)
{
    return (Cost){value, value, value, SOURCE_GUESS, "benchmark"};
}

/* The chip with a square mesh of at least n_cores cores. */
static const Chip *mesh_of(Arena *arena, uint32_t n_cores)
{
    const Chip *small;
    Err err = {0};
    if (chip_load(arena, EGRET_SOURCE_DIR "/arch/chips/loihi-like.yaml", NULL, NULL, 0, &small,
                  &err) != STATUS_OK)
        fail(&err);
    uint32_t side = 1;
    while ((uint64_t)side * side * CORES_PER_TILE < n_cores)
        side++;
    Chip *chip = ARENA_ARRAY(arena, Chip, 1);
    Cell2d *tile = ARENA_ARRAY(arena, Cell2d, (size_t)side * side);
    for (uint32_t t = 0; t < side * side; t++)
        tile[t] = (Cell2d){t / side, t % side};
    *chip = *small;
    chip->grid.x_max = chip->grid.y_max = side - 1;
    chip->tile = tile;
    chip->n_tiles = side * side;
    chip->n_cores = chip->grid.usable_cores = chip->n_tiles * CORES_PER_TILE;
    chip->core.data_bytes = chip->core.system_bytes = plain(DATA_BYTES);
    return chip;
}

/* Layers of equal size, of about units_per_layer units. */
static uint32_t layers_of(const Job *job, uint32_t n_units)
{
    uint32_t n_layers = n_units / job->units_per_layer;
    return n_layers > 1 ? n_layers : 1;
}

static const Network *network_of(Arena *arena, const Job *job, uint32_t n_units)
{
    uint32_t n_layers = layers_of(job, n_units);
    uint32_t *size = ARENA_ARRAY(arena, uint32_t, (size_t)n_layers + 1);
    size[0] = N_INPUTS;
    for (uint32_t l = 0; l < n_layers; l++)
        size[l + 1] = n_units / n_layers;
    GenerateOptions options = {.name = "bench",
                               .cell = "egru",
                               .n_sizes = n_layers + 1,
                               .size = size,
                               .fan_in = job->fan_in,
                               .structure = job->uniform ? STRUCTURE_UNIFORM : STRUCTURE_GRID,
                               .reach = job->reach,
                               .keep_order = true,
                               .threshold_mean = 0.01,
                               .gain = 1.0,
                               .seed = 1};
    const Network *network;
    Err err = {0};
    if (network_generate(arena, &options, &network, &err) != STATUS_OK)
        fail(&err);
    return network;
}

/* All passes; returns the seconds of passes and checks. */
static double run_passes(const Job *job, Arena *arena, Mapping *mapping)
{
    double total = 0.0, checks = 0.0;
    (void)job;
    for (uint32_t i = 0; i < N_TIMED; i++) {
        Arena *scratch = arena; /* a Mapping lives in it */
        Err err = {0};
        double start = cpu_seconds();
        if (PASS[i].run(arena, scratch, mapping, &err) != STATUS_OK)
            fail(&err);
        mapping->has |= PASS[i].makes;
        double end = cpu_seconds();
        if (mapping_check(scratch, mapping, &err) != STATUS_OK)
            fail(&err);
        checks += cpu_seconds() - end;
        total += end - start;
        printf(" %7.2f", end - start);
        fflush(stdout);
    }
    printf(" %7.2f %8.2f", checks, total + checks);
    return total + checks;
}

static double run_size(const Job *job, uint32_t n_units)
{
    Arena *arena = arena_new();
    uint32_t n_layers = layers_of(job, n_units), n_each = n_units / n_layers;
    uint32_t *count = ARENA_ARRAY(arena, uint32_t, n_layers), n_cores = 0;
    for (uint32_t l = 0; l < n_layers; l++)
        n_cores += count[l] = (n_each + job->units_per_core - 1) / job->units_per_core;
    const Chip *chip = mesh_of(arena, n_cores);
    const Network *network = network_of(arena, job, n_units);
    const Topology *topology;
    Err err = {0};
    double start = cpu_seconds();
    if (topology_build(arena, chip, &topology, &err) != STATUS_OK)
        fail(&err);
    CompileOptions options = job->options;
    options.n_core_counts = n_layers;
    options.core_count = count;
    printf("%9" PRIu32 " %7" PRIu32 " %7.2f", n_units, n_cores, cpu_seconds() - start);
    Mapping *mapping = mapping_new(arena, chip, topology, network, &options);
    double seconds = run_passes(job, arena, mapping);
    TrafficSummary traffic = traffic_of_routes(arena, mapping);
    const TableFigures *tables = &mapping->table_figures;
    struct rusage use;
    getrusage(RUSAGE_SELF, &use);
    printf(" %6.2f %7.2f %7.2f %7.3f %7" PRIu32 " %7" PRIu32 " %9" PRIu64 " %9" PRIu64 "\n",
           (double)use.ru_maxrss / 1e6, traffic.hops_per_event, traffic.hops_bound,
           traffic.busiest_link_share, tables->raw_max, tables->max, tables->raw_sum, tables->sum);
    arena_free(arena);
    return seconds;
}

static void read_sizes(Job *job, char *text)
{
    job->n_sizes = 0;
    for (char *part = strtok(text, ","); part != NULL && job->n_sizes < MAX_SIZES;
         part = strtok(NULL, ","))
        job->size[job->n_sizes++] = (uint32_t)strtoul(part, NULL, 10);
}

static void read_options(int n_args, char **arg, Job *job)
{
    for (int i = 1; i < n_args; i++) {
        const char *name = arg[i];
        char *value = i + 1 < n_args ? arg[i + 1] : NULL;
        if (strcmp(name, "--uniform") == 0) {
            job->uniform = true;
            continue;
        }
        CHECK(value != NULL);
        if (strcmp(name, "--sizes") == 0)
            read_sizes(job, value);
        else if (strcmp(name, "--fan-in") == 0)
            job->fan_in = (uint32_t)strtoul(value, NULL, 10);
        else if (strcmp(name, "--reach") == 0)
            job->reach = (uint32_t)strtoul(value, NULL, 10);
        else if (strcmp(name, "--units-per-core") == 0)
            job->units_per_core = (uint32_t)strtoul(value, NULL, 10);
        else if (strcmp(name, "--units-per-layer") == 0)
            job->units_per_layer = (uint32_t)strtoul(value, NULL, 10);
        else if (strcmp(name, "--routing") == 0)
            job->options.routing = value;
        else if (strcmp(name, "--split") == 0)
            job->options.split = value;
        else if (strcmp(name, "--placement") == 0)
            job->options.placement = value;
        else if (strcmp(name, "--tables") == 0)
            for (int mode = 0; mode < N_TABLE_MODES; mode++)
                if (strcmp(value, table_mode_name((TableMode)mode)) == 0)
                    job->options.tables = (TableMode)mode;
        i++;
    }
}

/* Slope of log seconds against log size, by least squares. */
static double exponent(const Job *job, const double *seconds)
{
    double n = job->n_sizes, x = 0.0, y = 0.0, xx = 0.0, xy = 0.0;
    for (uint32_t i = 0; i < job->n_sizes; i++) {
        double size = real_log(job->size[i]), time = real_log(seconds[i]);
        x += size;
        y += time;
        xx += size * size;
        xy += size * time;
    }
    return (n * xy - x * y) / (n * xx - x * x);
}

int main(int n_args, char **arg)
{
    Job job = {.n_sizes = 4,
               .size = {10000, 30000, 100000, 300000},
               .fan_in = 8,
               .reach = 8,
               .units_per_core = 25,
               .units_per_layer = 10000,
               .options = {.format = -1, .split = "equal"}};
    double seconds[MAX_SIZES];
    read_options(n_args, arg, &job);
    printf("%9s %7s %7s", "units", "cores", "turns");
    for (uint32_t i = 0; i < N_TIMED; i++)
        printf(" %7s", PASS[i].name);
    printf(" %7s %8s %6s %7s %7s %7s %7s %7s %9s %9s\n", "checks", "total s", "GB", "hops", "bound",
           "busiest", "raw max", "max", "raw sum", "sum");
    for (uint32_t i = 0; i < job.n_sizes; i++)
        seconds[i] = run_size(&job, job.size[i]);
    if (job.n_sizes > 1)
        printf("time grows as size^%.2f\n", exponent(&job, seconds));
    return 0;
}
