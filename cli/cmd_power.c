/* cmd_power.c - `egret power`: what a chip draws under a steady load.
 *
 * No network, no simulation: so many cores in so many states (sim/power.h). These are the states
 * in which chips are measured, so what the tool says about them shows whether its energy numbers
 * are those of the chip.
 */
#include <inttypes.h>
#include <stdio.h>

#include "base/json_out.h"
#include "commands.h"
#include "job.h"
#include "sim/power.h"

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
    OPTION_DRAWS,
    OPTION_DRAW_SEED,
};

static const double MAX_MACS_PER_S = 1e18;

static Status read_load(const Job *job, PowerLoad *load, Err *err)
{
    const uint64_t n_cores = job->chip->n_cores;

    load->point = job->point;
    TRY(args_u64(job->args, "cores", 0, n_cores, n_cores, &load->n_cores, err));
    TRY(args_real(job->args, "duty", 0, 1, 1, &load->duty, err));
    TRY(args_real(job->args, "array-macs", 0, MAX_MACS_PER_S, 0, &load->macs_per_second, err));
    if (load->n_cores == 0 && load->macs_per_second > 0)
        return err_set(err, STATUS_USAGE,
                       "--array-macs: %g without a core that has power; expected --cores above 0",
                       load->macs_per_second);
    return STATUS_OK;
}

static void write_line(const char *name, const PowerEstimate *power, bool drawn)
{
    printf("  %-15s %9.4g", name, power->value);
    if (drawn)
        printf("  %9.4g .. %9.4g", power->low, power->high);
    printf("  %9.4g .. %9.4g\n", power->least, power->most);
}

static void write_text(const Job *job, const PowerLoad *load, const Power *power)
{
    const bool drawn = job->n_draws > 0;

    printf("%s, point %s: %" PRIu64 " of %" PRIu32 " cores with power, working %.4g %% of their "
           "cycles\n",
           job->chip->name, job->chip->point[load->point].name, load->n_cores, job->chip->n_cores,
           100 * load->duty);
    printf("  mW                nominal%s    all low ..  all high\n",
           drawn ? "  90 % from ..        to" : "");
    for (int part = 0; part < N_ENERGY_PARTS; part++)
        if (power->part[part].most > 0)
            write_line(energy_part_name((EnergyPart)part), &power->part[part], drawn);
    write_line("power", &power->all, drawn);
}

static void write_metric(JsonOut *json, const char *part, const PowerEstimate *power)
{
    char name[32];

    snprintf(name, sizeof name, "%s_mw", part);
    json_object(json, NULL, true);
    json_text(json, "name", name);
    json_text(json, "unit", "mW");
    json_real(json, "value", power->value);
    json_real(json, "low", power->low);
    json_real(json, "high", power->high);
    json_real(json, "least", power->least);
    json_real(json, "most", power->most);
    json_text(json, "kind", source_kind_name(power->weakest));
    json_close(json);
}

static void write_json(const Job *job, const Power *power)
{
    const bool has_boards = chip_boards(job->chip) > 1;
    JsonOut json;

    json_begin(&json, stdout);
    json_object(&json, NULL, false);
    json_list(&json, "metrics", false);
    for (int part = 0; part < N_ENERGY_PARTS; part++)
        if (part != ENERGY_OFF_BOARD || has_boards)
            write_metric(&json, energy_part_name((EnergyPart)part), &power->part[part]);
    write_metric(&json, "power", &power->all);
    json_close(&json);
    json_close(&json);
    json_end(&json);
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    static const char *const formats[] = {"text", "json"};
    uint32_t format;
    PowerLoad load;
    Power power;
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
    TRY(job_read_draws(&job, err));
    power_of_load(arena, job.topology, &load, job.n_draws, job.draw_seed, &power);
    if (format == 0)
        write_text(&job, &load, &power);
    else
        write_json(&job, &power);
    return STATUS_OK;
}

const CommandRow COMMAND_POWER = {
    .name = "power",
    .operands = "--chip CHIP [--cores N] [--duty X] [--array-macs X]",
    .summary = "Tell what a chip draws while its cores are off, asleep or at work.",
    .details =
        "A steady load, priced as runs are: no network, nothing is simulated. With no core the\n"
        "chip's floor; with duty 0 all cores asleep; with duty 1 all at work. Beside each nominal\n"
        "power: what 90 % of the draws of the chip's numbers come to, and what all numbers at\n"
        "their low ends, and all at their high ends, would.",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 0,
    .max_operands = 0,
    .run = run,
};
