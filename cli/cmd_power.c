/* cmd_power.c - `egret power`: what a chip draws under a steady load.
 *
 * No network, no simulation: so many cores in so many states, for one second, priced as any run is
 * (sim/energy.h). These are the states in which chips are measured, so what the tool says about
 * them shows whether its energy numbers are those of the chip.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/json_out.h"
#include "commands.h"
#include "job.h"
#include "sim/energy.h"

static const OptionRow OPTIONS[] = {
    OPTIONS_CHIP,
    {"point", 'p', OPTION_VALUE, "NAME", "operating point (default: the slowest)"},
    {"cores", 'n', OPTION_VALUE, "N",
     "cores with power, the others are gated (default: all on the\n"
     "chip)"},
    {"duty", 'd', OPTION_VALUE, "X",
     "share of its cycles in which each of these works; it sleeps\n"
     "in the others (default: 1)"},
    {"array-macs", 0, OPTION_VALUE, "X",
     "multiplications a second of all MAC arrays together\n"
     "(default: 0)"},
    {"format", 'f', OPTION_VALUE, "text|json", "of what is printed (default: text)"},
};

#define PS_PER_S UINT64_C(1000000000000)
static const double MW_PER_PJ_PER_S = 1e-9;
static const double MAX_MACS_PER_S = 1e18;

typedef struct Load {
    uint64_t n_cores;
    double duty, macs_per_second;
} Load;

static Status read_load(const Job *job, Load *load, Err *err)
{
    const uint64_t n_cores = job->chip->n_cores;

    TRY(args_u64(job->args, "cores", 0, n_cores, n_cores, &load->n_cores, err));
    TRY(args_real(job->args, "duty", 0, 1, 1, &load->duty, err));
    TRY(args_real(job->args, "array-macs", 0, MAX_MACS_PER_S, 0, &load->macs_per_second, err));
    if (load->n_cores == 0 && load->macs_per_second > 0)
        return err_set(err, STATUS_USAGE,
                       "--array-macs: %g without a core that has power; expected --cores above 0",
                       load->macs_per_second);
    return STATUS_OK;
}

/* One second of it. */
static const Trace *make_trace(const Job *job, const Load *load)
{
    Arena *arena = job->arena;
    Trace *trace = ARENA_ARRAY(arena, Trace, 1);
    Counters *count = ARENA_ARRAY(arena, Counters, load->n_cores);
    uint32_t *core = ARENA_ARRAY(arena, uint32_t, load->n_cores);
    const uint64_t hz = cost_count(&job->chip->point[job->point].hz);
    const uint64_t macs = (uint64_t)(load->macs_per_second + 0.5);

    for (uint32_t c = 0; c < load->n_cores; c++) {
        core[c] = c;
        count[c].n[COUNT_UPDATE_CYCLES] = (uint64_t)((double)hz * load->duty + 0.5);
        count[c].n[COUNT_MAC_ARRAY_MACS] = macs / load->n_cores + (c < macs % load->n_cores);
    }
    trace->point = job->point;
    trace->core_hz = hz;
    trace->n_cores = (uint32_t)load->n_cores;
    trace->core = core;
    trace->count = count;
    trace->n_links = topology_all_links(job->topology);
    trace->link = ARENA_ARRAY(arena, LinkCounts, trace->n_links);
    trace->end_ps = PS_PER_S;
    return trace;
}

typedef struct Power { /* mW; the total is the last one */
    double value[N_ENERGY_PARTS + 1], low[N_ENERGY_PARTS + 1], high[N_ENERGY_PARTS + 1];
} Power;

static void price(Arena *arena, const EnergyLedger *ledger, int which, double mw[])
{
    double *prices = ARENA_ARRAY(arena, double, ledger->n_lines);
    double part_pj[N_ENERGY_PARTS];

    energy_prices(ledger, which, prices);
    mw[N_ENERGY_PARTS] = energy_price(ledger, ledger->run, prices, part_pj) * MW_PER_PJ_PER_S;
    for (int part = 0; part < N_ENERGY_PARTS; part++)
        mw[part] = part_pj[part] * MW_PER_PJ_PER_S;
}

static const char *part_name(int part)
{
    return part < N_ENERGY_PARTS ? energy_part_name((EnergyPart)part) : "power";
}

static void write_text(const Job *job, const Load *load, const Power *power)
{
    printf("%s, point %s: %" PRIu64 " of %" PRIu32 " cores with power, working %.4g %% of their "
           "cycles\n",
           job->chip->name, job->chip->point[job->point].name, load->n_cores, job->chip->n_cores,
           100 * load->duty);
    printf("  %-12s %10s %10s .. %10s\n", "mW", "nominal", "low", "high");
    for (int part = 0; part <= N_ENERGY_PARTS; part++)
        if (part == N_ENERGY_PARTS || power->high[part] > 0)
            printf("  %-12s %10.4g %10.4g .. %10.4g\n", part_name(part), power->value[part],
                   power->low[part], power->high[part]);
}

/* The least certain kind of the numbers behind a part, or behind all that draw anything. */
static SourceKind kind_of(const EnergyLedger *ledger, const Power *power, int part)
{
    SourceKind weakest = SOURCE_MEASURED;

    if (part < N_ENERGY_PARTS)
        return energy_kind(ledger, (EnergyPart)part);
    for (int p = 0; p < N_ENERGY_PARTS; p++) {
        const SourceKind kind = energy_kind(ledger, (EnergyPart)p);
        weakest = power->high[p] > 0 && kind > weakest ? kind : weakest;
    }
    return weakest;
}

static void write_json(const Job *job, const EnergyLedger *ledger, const Power *power)
{
    const bool has_boards = chip_boards(job->chip) > 1;
    JsonOut json;

    json_begin(&json, stdout);
    json_object(&json, NULL, false);
    json_list(&json, "metrics", false);
    for (int part = 0; part <= N_ENERGY_PARTS; part++) {
        char name[32];
        if (part == ENERGY_OFF_BOARD && !has_boards)
            continue;
        snprintf(name, sizeof name, "%s_mw", part_name(part));
        json_object(&json, NULL, true);
        json_text(&json, "name", name);
        json_text(&json, "unit", "mW");
        json_real(&json, "value", power->value[part]);
        json_real(&json, "low", power->low[part]);
        json_real(&json, "high", power->high[part]);
        json_text(&json, "kind", source_kind_name(kind_of(ledger, power, part)));
        json_close(&json);
    }
    json_close(&json);
    json_close(&json);
    json_end(&json);
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    static const char *const formats[] = {"text", "json"};
    uint32_t format;
    Power power;
    Load load;
    Job job;

    TRY(job_begin(arena, args, &job, err));
    TRY(args_choice(args, "format", formats, 2, 0, &format, err));
    TRY(job_load_chip(&job, err));
    TRY(job_read_point(&job, err));
    if (job.auto_point)
        return err_set(err, STATUS_USAGE,
                       "--point: a steady load does not change its operating point; expected the "
                       "name of one");
    TRY(read_load(&job, &load, err));
    const EnergyLedger *ledger = energy_ledger(arena, job.topology, make_trace(&job, &load));
    price(arena, ledger, 0, power.value);
    price(arena, ledger, -1, power.low);
    price(arena, ledger, 1, power.high);
    if (format == 0)
        write_text(&job, &load, &power);
    else
        write_json(&job, ledger, &power);
    return STATUS_OK;
}

const CommandRow COMMAND_POWER = {
    .name = "power",
    .operands = "--chip CHIP [--cores N] [--duty X] [--array-macs X]",
    .summary = "Tell what a chip draws while its cores are off, asleep or at work.",
    .details =
        "A steady load, priced as runs are: no network, nothing is simulated. With no core the\n"
        "chip's floor; with duty 0 all cores asleep; with duty 1 all at work.",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 0,
    .max_operands = 0,
    .run = run,
};
