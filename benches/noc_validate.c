/* noc_validate.c - the network model against latency-load tables of other simulators.
 *
 *   noc_validate [--seeds N] TABLE.csv ...
 *
 * A table is a CSV file whose comment lines say how it was made: simulator, mesh, packet length,
 * VCs, buffers, delays, periods. The router's parameters are read from there and from nowhere else.
 * Each row (traffic, load) is simulated with N seeds (default 10), under the same protocol, and
 * compared: mean latency where it is below 1.1 and 1.5 times that without load, accepted flits
 * where the network is saturated. Near saturation runs scatter: more seeds are taken until the
 * standard error of our mean is below a quarter of the row's limit, so that what is left over is
 * the model's deviation or the table's. Tables rest on few seeds and scatter too: the standard
 * error of their mean is printed beside ours, and where a deviation beyond the limit is within two
 * of them, that is said: then the table cannot tell the two apart.
 *
 * Noxim's links pass one flit in two cycles by a handshake, which a router here can follow only
 * where packets do not meet: its tables are compared at their lowest load, less the hops.
 *
 * Prints flit hops a CPU second beside those that the table states for its own simulator. Exit
 * code 6 if a row is beyond its limit and beyond the table's scatter.
 */
#define _POSIX_C_SOURCE 200809L

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <time.h>

#include "base/arena.h"
#include "base/err.h"
#include "base/file.h"
#include "sim/synthetic.h"

enum { MAX_COLUMNS = 24, MAX_SEEDS = 1000, DEFAULT_SEEDS = 10, TABLE_MAX_BYTES = 1 << 24 };

static const double ERROR_OF_LIMIT = 0.25; /* standard error of our mean, at most */

static const double NEAR = 1.1, NEAR_LIMIT = 0.02;       /* of the latency without load  */
static const double FURTHER = 1.5, FURTHER_LIMIT = 0.04; /* ... and the deviations there */
static const double ACCEPTED_LIMIT = 0.03, STANDARD_ERRORS = 2;

typedef struct Table {
    const char *path;
    char *text;
    bool is_noxim;
    SyntheticOptions options;
    char *column[MAX_COLUMNS];
    int n_columns;
} Table;

typedef struct Row { /* a table's, means over its runs; latency < 0: none */
    char traffic[32];
    double load, latency, latency_sd, latency_min, accepted, hops, hops_per_s;
    int runs;
} Row;

typedef struct Ours { /* means over the seeds */
    double latency, accepted, hops, hops_per_s, latency_min;
    double latency_error, accepted_error; /* of the means: standard errors */
    uint64_t n_seeds;
    bool unstable;
} Ours;

typedef struct Sums { /* over the seeds so far: values and their squares */
    double latency, latency_2, accepted, accepted_2, hops, flit_hops, cpu_s;
} Sums;

typedef struct Summary {
    int n_near, n_further, n_accepted, n_scatter, n_beyond;
    double worst_near, worst_further, worst_accepted;
} Summary;

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double size_of(double x)
{
    return x < 0 ? -x : x;
}

/* ---- tables -------------------- */

/* The number behind a word of the comment lines, or -1. */
static long header_number(const Table *table, const char *word)
{
    const char *end = strstr(table->text, "\ntraffic,");
    const char *at = strstr(table->text, word);
    return at && end && at < end ? strtol(at + strlen(word), NULL, 10) : -1;
}

static Status need(const Table *table, const char *word, uint32_t *out, Err *err)
{
    long value = header_number(table, word);
    if (value < 0)
        return err_set(err, STATUS_INPUT, "%s: no `%s` in the comment lines; expected a number",
                       table->path, word);
    *out = (uint32_t)value;
    return STATUS_OK;
}

static Status read_booksim(Table *table, Err *err)
{
    FlitParams *router = &table->options.router;
    uint32_t credit_link = 0, credit = 0, n_warm = 0, warm = 0, n_measured = 0, measured = 0;
    TRY(need(table, "num_vcs=", &router->n_vcs, err));
    TRY(need(table, "vc_buf_size=", &table->options.buffer_flits, err));
    TRY(need(table, "routing_delay=", &router->routing_cycles, err));
    TRY(need(table, "vc_alloc_delay=", &router->vc_alloc_cycles, err));
    TRY(need(table, "sw_alloc_delay=", &router->switch_alloc_cycles, err));
    TRY(need(table, "st_final_delay=", &router->traversal_cycles, err));
    TRY(need(table, ", link=", &router->link_cycles, err));
    TRY(need(table, "credit_delay=", &credit, err));
    TRY(need(table, "credit link=", &credit_link, err));
    TRY(need(table, "warm-up ", &n_warm, err));
    TRY(need(table, "measurement ", &n_measured, err));
    char text[48];
    snprintf(text, sizeof text, "warm-up %u x ", n_warm);
    TRY(need(table, text, &warm, err));
    snprintf(text, sizeof text, "measurement %u x ", n_measured);
    TRY(need(table, text, &measured, err));
    router->credit_cycles = credit + credit_link;
    table->options.warm_cycles = (uint64_t)n_warm * warm;
    table->options.measure_cycles = (uint64_t)n_measured * measured;
    return STATUS_OK;
}

/* One cycle for reservation and forwarding, two for a hop, a flit in two cycles: the switch takes
 * the two. */
static Status read_noxim(Table *table, Err *err)
{
    TRY(need(table, "n_virtual_channels=", &table->options.router.n_vcs, err));
    TRY(need(table, "buffer_depth=", &table->options.buffer_flits, err));
    TRY(need(table, "req/ack link (", &table->options.router.switch_alloc_cycles, err));
    table->options.exclude_self = true;
    table->options.warm_cycles = table->options.measure_cycles = 6000;
    return STATUS_OK;
}

static Status read_table(Arena *arena, const char *path, Table *table, Err *err)
{
    FileBytes file;
    TRY(file_read(arena, path, TABLE_MAX_BYTES, &file, err));
    *table =
        (Table){.path = path, .text = arena_text(arena, (const char *)file.bytes, file.n_bytes)};
    SyntheticOptions *options = &table->options;
    options->latency_limit = 1000; /* where BookSim2 gives up */
    table->is_noxim = strstr(table->text, "simulator: Noxim") != NULL;
    TRY(need(table, "network: ", &options->width, err));
    char text[32];
    snprintf(text, sizeof text, "network: %ux", options->width);
    TRY(need(table, text, &options->height, err));
    TRY(need(table, "packet = ", &options->packet_flits, err));
    TRY(table->is_noxim ? read_noxim(table, err) : read_booksim(table, err));
    if (header_number(table, "hotspot: node ") >= 0) {
        options->hotspot_node = (uint32_t)header_number(table, "hotspot: node ");
        options->hotspot_share = 0.1; /* "10% hot" */
    }
    char *head = strstr(table->text, "\ntraffic,");
    if (head == NULL)
        return err_set(err, STATUS_INPUT, "%s: no line of columns; expected `traffic,load,..`",
                       path);
    char *rows = strchr(head + 1, '\n');
    table->text = rows ? rows + 1 : head + strlen(head);
    if (rows)
        *rows = '\0';
    for (char *at = head + 1; at && table->n_columns < MAX_COLUMNS;) {
        table->column[table->n_columns++] = at;
        at = strchr(at, ',');
        if (at)
            *at++ = '\0';
    }
    return STATUS_OK;
}

static void set_field(Row *row, const char *name, const char *text)
{
    double value = *text ? strtod(text, NULL) : -1;
    const struct {
        const char *name;
        double *field;
    } fields[] = {
        {"load", &row->load},
        {"latency", &row->latency},
        {"tail_latency", &row->latency}, /* Noxim's */
        {"latency_sd", &row->latency_sd},
        {"head_latency_sd", &row->latency_sd},
        {"latency_min", &row->latency_min},
        {"accepted", &row->accepted},
        {"avg_routers", &row->hops},
        {"flit_hops_per_s", &row->hops_per_s},
    };
    for (size_t f = 0; f < sizeof fields / sizeof fields[0]; f++)
        if (strcmp(name, fields[f].name) == 0)
            *fields[f].field = value;
    if (strcmp(name, "traffic") == 0)
        snprintf(row->traffic, sizeof row->traffic, "%s", text);
    if (strcmp(name, "runs") == 0)
        row->runs = (int)value;
}

/* The next row; false at the end. */
static bool next_row(Table *table, Row *row)
{
    char *at = table->text;
    if (*at == '\0')
        return false;
    char *end = strchr(at, '\n');
    table->text = end ? end + 1 : at + strlen(at);
    if (end)
        *end = '\0';
    *row = (Row){.latency = -1};
    for (int c = 0; c < table->n_columns && at; c++) {
        char *next = strchr(at, ',');
        if (next)
            *next++ = '\0';
        set_field(row, table->column[c], at);
        at = next;
    }
    return true;
}

/* ---- comparison -------------------- */

static double stage(const Table *table)
{
    const FlitParams *router = &table->options.router;
    return router->routing_cycles + router->vc_alloc_cycles + router->switch_alloc_cycles +
           router->traversal_cycles + router->link_cycles;
}

/* Our nodes' links are one cycle longer than Noxim's, which have none. */
static double offset(const Table *table)
{
    return table->is_noxim ? 1 : 0;
}

/* Mean latency without load on ways as long as ours. */
static double idle_latency(const Table *table, const Ours *ours)
{
    const FlitParams *router = &table->options.router;
    return 1 + router->link_cycles - offset(table) + stage(table) * ours->hops +
           router->switch_alloc_cycles * (table->options.packet_flits - 1.0);
}

/* By how much a row's latency, or what it accepts, may be off; 0: it is not judged. */
static double latency_limit(const Table *table, const Row *row, const Ours *ours)
{
    double ratio = row->latency / idle_latency(table, ours);
    if (row->latency < 0 || ours->unstable || ratio >= FURTHER)
        return 0;
    return ratio < NEAR ? NEAR_LIMIT : FURTHER_LIMIT;
}

static double accepted_limit(const Row *row)
{
    return row->latency < 0 || row->accepted < 0.98 * row->load ? ACCEPTED_LIMIT : 0;
}

/* Of the mean of n values. */
static double standard_error(double sum, double sum_2, double n)
{
    double variance = n > 1 ? (sum_2 - sum * sum / n) / (n - 1) : 0;
    return variance > 0 ? sqrt(variance / n) : 0;
}

static Status run_seed(SyntheticOptions *options, Sums *sums, Ours *ours, Err *err)
{
    SyntheticResult result;
    double begin = cpu_seconds();
    options->seed = ++ours->n_seeds;
    TRY(synthetic_run(options, &result, err));
    sums->cpu_s += cpu_seconds() - begin;
    sums->latency += result.latency_mean;
    sums->latency_2 += result.latency_mean * result.latency_mean;
    sums->accepted += result.accepted;
    sums->accepted_2 += result.accepted * result.accepted;
    sums->hops += result.hops_mean;
    sums->flit_hops += (double)result.flit_hops;
    if ((double)result.latency_min < ours->latency_min)
        ours->latency_min = (double)result.latency_min;
    ours->unstable |= result.state == NOC_UNSTABLE;
    return STATUS_OK;
}

static void average(const Table *table, const Sums *sums, Ours *ours)
{
    double n = (double)ours->n_seeds;
    ours->latency = sums->latency / n - offset(table);
    ours->accepted = sums->accepted / n;
    ours->hops = sums->hops / n;
    ours->hops_per_s = sums->flit_hops / sums->cpu_s;
    ours->latency_error = standard_error(sums->latency, sums->latency_2, n);
    ours->accepted_error = standard_error(sums->accepted, sums->accepted_2, n);
}

/* Is our mean known well enough for the row's limits? */
static bool is_enough(const Table *table, const Row *row, const Ours *ours)
{
    double latency = latency_limit(table, row, ours), accepted = accepted_limit(row);
    return (latency == 0 || ours->latency_error <= ERROR_OF_LIMIT * latency * ours->latency) &&
           (accepted == 0 || ours->accepted_error <= ERROR_OF_LIMIT * accepted * ours->accepted);
}

static Status simulate(const Table *table, const Row *row, uint64_t n_seeds, Ours *ours, Err *err)
{
    SyntheticOptions options = table->options;
    Sums sums = {0};
    options.traffic = row->traffic;
    options.rate = row->load;
    *ours = (Ours){.latency_min = 1e9};
    do {
        TRY(run_seed(&options, &sums, ours, err));
        average(table, &sums, ours);
    } while (ours->n_seeds < n_seeds ||
             (ours->n_seeds < MAX_SEEDS && !is_enough(table, row, ours)));
    return STATUS_OK;
}

/* Counts a deviation; a mark for the line. */
static const char *judge(Summary *summary, double deviation, double limit, bool is_scatter)
{
    if (deviation <= limit)
        return "ok";
    if (is_scatter) {
        summary->n_scatter++;
        return "scatter";
    }
    summary->n_beyond++;
    return "BEYOND";
}

/* Standard error of the table's mean latency. */
static double table_error(const Row *row)
{
    return row->runs > 1 ? row->latency_sd / sqrt((double)row->runs) : 0;
}

static const char *judge_latency(const Row *row, const Ours *ours, double limit, Summary *summary)
{
    double apart = size_of(ours->latency - row->latency), deviation = apart / row->latency;
    if (limit == 0)
        return "";
    bool is_near = limit == NEAR_LIMIT;
    double *worst = is_near ? &summary->worst_near : &summary->worst_further;
    (*(is_near ? &summary->n_near : &summary->n_further))++;
    if (deviation > *worst)
        *worst = deviation;
    return judge(summary, deviation, limit, apart <= STANDARD_ERRORS * table_error(row));
}

static const char *judge_accepted(const Row *row, const Ours *ours, Summary *summary)
{
    double deviation = size_of(ours->accepted / row->accepted - 1), limit = accepted_limit(row);
    if (limit == 0)
        return "";
    summary->n_accepted++;
    if (deviation > summary->worst_accepted)
        summary->worst_accepted = deviation;
    return judge(summary, deviation, limit, false);
}

static void print_row(const Row *row, const Ours *ours, const char *latency, const char *accepted)
{
    printf("  %-10s %5g ", row->traffic, row->load);
    if (row->latency >= 0)
        printf(" %9.3f %5.2f%%", row->latency, 100 * table_error(row) / row->latency);
    else
        printf(" %9s %6s", "-", "-");
    if (ours->unstable)
        printf(" %9s %6s %7s", "-", "-", "-");
    else
        printf(" %9.3f %5.2f%%", ours->latency, 100 * ours->latency_error / ours->latency);
    if (row->latency >= 0 && !ours->unstable)
        printf(" %+6.2f%%", 100 * (ours->latency / row->latency - 1));
    else if (!ours->unstable)
        printf(" %7s", "-");
    printf("  %-7s %5llu", latency, (unsigned long long)ours->n_seeds);
    printf("  %8.6f %8.6f %+6.2f%%  %-6s", row->accepted, ours->accepted,
           100 * (ours->accepted / row->accepted - 1), accepted);
    printf(" %6.2f", ours->hops_per_s / 1e6);
    if (row->hops_per_s > 0)
        printf(" %6.1fx", ours->hops_per_s / row->hops_per_s);
    puts("");
}

/* Lowest load of a pattern: what is left of the latency without the hops, and the minimum. */
static void print_idle(const Table *table, const Row *row, const Ours *ours)
{
    double s = stage(table);
    printf("  %-10s without load: latency - %g * routers: table %.3f, ours %.3f", row->traffic, s,
           row->latency - s * row->hops, ours->latency - s * ours->hops);
    if (row->latency_min > 0)
        printf("; minimum: table %g, ours %g", row->latency_min, ours->latency_min);
    puts("");
}

static Status compare(const char *path, uint64_t n_seeds, Summary *summary, Err *err)
{
    Arena *arena = arena_new();
    Table table;
    Row row;
    char before[32] = "";
    Status status = read_table(arena, path, &table, err);
    printf("%s\n                    latency: table    latency: ours                             "
           "accepted\n  traffic     load      mean  error      mean  error     off          seeds"
           "     table     ours     off         M hops/s\n",
           path);
    while (status == STATUS_OK && next_row(&table, &row)) {
        bool is_lowest = strcmp(before, row.traffic) != 0;
        Ours ours;
        if (table.is_noxim && !is_lowest)
            continue;
        status = simulate(&table, &row, n_seeds, &ours, err);
        if (status != STATUS_OK)
            break;
        snprintf(before, sizeof before, "%s", row.traffic);
        const char *latency =
            judge_latency(&row, &ours, latency_limit(&table, &row, &ours), summary);
        print_row(&row, &ours, latency, judge_accepted(&row, &ours, summary));
        if (is_lowest)
            print_idle(&table, &row, &ours);
    }
    arena_free(arena);
    return status;
}

int main(int n_words, char **word)
{
    Summary summary = {0};
    Err err = {.status = STATUS_OK};
    Status status = STATUS_OK;
    uint64_t n_seeds = DEFAULT_SEEDS;
    int first = 1;
    if (n_words > 2 && strcmp(word[1], "--seeds") == 0) {
        n_seeds = strtoull(word[2], NULL, 10);
        first = 3;
    }
    if (first >= n_words || n_seeds == 0 || n_seeds > MAX_SEEDS) {
        fprintf(stderr, "usage: noc_validate [--seeds 1..%d] TABLE.csv ...\n", MAX_SEEDS);
        return STATUS_USAGE;
    }
    for (int t = first; t < n_words && status == STATUS_OK; t++)
        status = compare(word[t], n_seeds, &summary, &err);
    if (status != STATUS_OK) {
        fprintf(stderr, "noc_validate: %s\n", err.message);
        return (int)status;
    }
    printf("latency below %.1fx: %d rows, worst %.2f %%; below %.1fx: %d rows, worst %.2f %%; "
           "accepted when saturated: %d rows, worst %.2f %%\n",
           NEAR, summary.n_near, 100 * summary.worst_near, FURTHER, summary.n_further,
           100 * summary.worst_further, summary.n_accepted, 100 * summary.worst_accepted);
    printf(
        "%d rows beyond their limit within two standard errors of the table's own runs, %d beyond "
        "both\n",
        summary.n_scatter, summary.n_beyond);
    return summary.n_beyond > 0 ? STATUS_REGRESSION : STATUS_OK;
}
