/* report_text.c - one screen of text: what the run cost and what that rests on.
 *
 * At most 80 columns and 46 lines (one more for supersteps or ticks, two each where
 * events were lost or late), plain ASCII, the same bytes everywhere (no locale, no
 * clock, no terminal). Only the Report's own texts, numbers and metrics are used, so
 * that a report read back from its JSON prints the same screen. Numbers are shown with
 * four significant digits or, from 1000 on, whole with commas; the exact ones are in
 * report.json.
 *
 * Cost: O(layers + metrics). Limits: of more than MAX_LAYER_LINES layers the first are
 * shown.
 */
#include <inttypes.h>
#include <string.h>

#include "arch/matrix_image.h"
#include "base/number_text.h"
#include "outcome.h"
#include "report_private.h"
#include "report_spread.h"

enum { MAX_LAYER_LINES = 4, NAME_COLUMNS = 14, SCREEN_COLUMNS = 80 };

static const double PS_PER_US = 1e6;

/* NAME_COLUMNS of a name; a longer one ends in "~". */
static NumberText name_text(const char *name)
{
    NumberText out;

    if (strlen(name) > NAME_COLUMNS)
        snprintf(out.text, sizeof out.text, "%.*s~", NAME_COLUMNS - 1, name);
    else
        snprintf(out.text, sizeof out.text, "%s", name);
    return out;
}

static double metric_value(const Report *report, const char *name)
{
    const Metric *metric = report_metric(report, name);
    return metric ? metric->value : 0;
}

/* Did ticks come before the inputs that were meant for them, or after others? */
static bool is_untimely(const ReportRun *run)
{
    return run->events_late + run->events_early + run->rows_missed > 0;
}

/* Only of cores that change their operating point. */
static void write_levels(const Report *report, FILE *stream)
{
    if (report->n_levels < 2)
        return;
    const ReportLevel *low = &report->level[0], *high = &report->level[1];
    fprintf(stream, "  fast from %s packets on", number_text(report->run.dvfs_packets).text);
    if (high->cycles == COUNT_UNKNOWN) {
        fprintf(stream, "; bounds of times as if fast throughout\n");
        return;
    }
    const double active = (double)(low->active_cycles + high->active_cycles);
    fprintf(stream, ": %.1f %% of time, %.1f %% of work; %s changes\n",
            100 * (double)high->cycles / (double)(low->cycles + high->cycles),
            active > 0 ? 100 * (double)high->active_cycles / active : 0,
            number_text(low->switches + high->switches).text);
}

static void write_head(const Report *report, FILE *stream)
{
    const ReportRun *run = &report->run;

    fprintf(stream, "%.30s on %.20s, point %.8s (", report->text.network, report->text.chip,
            report->text.operating_point);
    if (report->n_levels > 0)
        fprintf(stream, "%s, ", real_text((double)report->level[0].hz / 1e6).text);
    fprintf(stream, "%s MHz)\n", real_text((double)run->core_hz / 1e6).text);
    fprintf(stream, "  %s steps, %s simulated: %.10s engine, %s\n",
            number_text(run->reference_steps).text, number_text(run->simulated_steps).text,
            report->text.engine,
            !run->timed            ? "counted; times are lower bounds"
            : !run->executed       ? "replayed"
            : run->events_lost > 0 ? "executed with losses"
            : is_untimely(run)     ? "executed, some inputs too late"
                                   : "executed, equal to the reference");
    if (run->interrupted)
        fprintf(stream,
                "  PARTIAL: interrupted after %s of %s steps; no pipelined run, no intervals\n",
                number_text(run->simulated_steps).text, number_text(run->wanted_steps).text);
    write_levels(report, stream);
    if (run->supersteps > 0)
        fprintf(stream, "  %.10s: %s supersteps; barriers themselves %.1f %% of the time\n",
                report->text.synchronisation, number_text(run->supersteps).text,
                100 * (double)run->barrier_ps / (double)run->run_ps);
    if (run->ticks > 0)
        fprintf(stream, "  %.10s: %s ticks of %s us; %s overruns, the worst by %s us\n",
                report->text.synchronisation, number_text(run->ticks).text,
                real_text((double)run->tick_ps / PS_PER_US).text,
                number_text(run->overruns + run->host_overruns).text,
                real_text((double)run->worst_overrun_ps / PS_PER_US).text);
    if (run->input_tokens > 0)
        fprintf(stream, "  %s tokens, %s unknown; vocabulary of %s words\n",
                number_text(run->input_tokens).text, number_text(run->unknown_words).text,
                number_text(run->words).text);
}

static const char *formats_text(const ReportLayer *layer)
{
    const uint64_t matrices[] = {layer->source_matrices, layer->target_matrices,
                                 layer->bitmap_matrices, layer->dense_matrices};

    const uint64_t all = matrices[0] + matrices[1] + matrices[2] + matrices[3];

    for (int f = 0; f < N_FORMATS; f++)
        if (matrices[f] == all)
            return f == FORMAT_DENSE_MLA ? "dense" : format_name((WeightFormat)f);
    return "mixed";
}

static void write_layers(const Report *report, FILE *stream)
{
    uint32_t n_shown = report->n_layers;

    if (n_shown > MAX_LAYER_LINES)
        n_shown = MAX_LAYER_LINES - 1;
    fprintf(stream,
            "\nNETWORK        inputs   units density  active  cores  weights as  most/core\n");
    for (uint32_t i = 0; i < n_shown; i++) {
        const ReportLayer *layer = &report->layer[i];
        double density = layer->dense_weights > 0
                             ? (double)layer->stored_weights / (double)layer->dense_weights
                             : 0;
        fprintf(stream,
                "  %-*s%5" PRIu64 " %7" PRIu64 " %5.1f %% %5.1f %% %6" PRIu64 "  %6s, %-2" PRIu64
                " %10s\n",
                NAME_COLUMNS, name_text(layer->name).text, layer->inputs, layer->units,
                100 * density, 100 * layer->activity, layer->cores, formats_text(layer),
                layer->max_index_bits, number_text(layer->most_weights_on_a_core).text);
    }
    if (n_shown < report->n_layers)
        fprintf(stream, "  and %" PRIu32 " more layers (report.json has them all)\n",
                report->n_layers - n_shown);
}

static void write_memory(const Report *report, FILE *stream)
{
    const ReportMapping *mapping = &report->mapping;
    double share = mapping->available_data_bytes > 0
                       ? (double)mapping->fullest_data_bytes / (double)mapping->available_data_bytes
                       : 0;

    fprintf(stream, "MEMORY  %s of %s usable cores; fullest core %s: %s of %s bytes\n",
            number_text(mapping->cores_used).text, number_text(mapping->cores_usable).text,
            number_text(mapping->fullest_core).text, number_text(mapping->fullest_data_bytes).text,
            number_text(mapping->available_data_bytes).text);
    fprintf(stream, "  (%.1f %%), %s weights = %s bytes with indices; router table %s of %s\n",
            100 * share, number_text(mapping->fullest_weights).text,
            number_text(mapping->fullest_weight_bytes).text,
            number_text(mapping->table_entries_used).text,
            number_text(mapping->table_entries_available).text);
}

/* Only of a run in which events were lost, or came at the wrong time. */
static void write_lost(const Report *report, FILE *stream)
{
    const ReportRun *run = &report->run;
    uint64_t n_differing = 0, n_events = 0;

    if (run->events_lost == 0 && !is_untimely(run))
        return;
    for (uint32_t i = 0; i < report->n_layers; i++) {
        n_differing += report->layer[i].events_differing;
        n_events += report->layer[i].events;
    }
    if (run->events_lost > 0)
        fprintf(stream, "LOST    %s events at full receive FIFOs%s",
                number_text(run->events_lost).text, is_untimely(run) ? "\n" : "");
    if (is_untimely(run))
        fprintf(stream, "LATE    %s events, %s early, %s token rows missed",
                number_text(run->events_late).text, number_text(run->events_early).text,
                number_text(run->rows_missed).text);
    if (run->executed)
        fprintf(stream, ";\n  %s differ from the reference's, %s were sent",
                number_text(n_differing).text, number_text(n_events).text);
    fprintf(stream, "\n");
}

/* The same of the pipelined run, which replays. */
static void write_late_pipelined(const Report *report, FILE *stream)
{
    const ReportRun *run = &report->run;

    if (run->events_late_pipelined + run->events_early_pipelined + run->rows_missed_pipelined > 0)
        fprintf(stream,
                "LATE    pipelined: %s events, %s early, %s token rows missed; %s overruns\n",
                number_text(run->events_late_pipelined).text,
                number_text(run->events_early_pipelined).text,
                number_text(run->rows_missed_pipelined).text,
                number_text(run->overruns_pipelined).text);
}

typedef struct TextLine {
    const char *metric, *label;
    bool share; /* of the energy per token */
} TextLine;

/* ">=" or "<=" where times are lower bounds and the value rests on them. */
static const char *side_text(const Report *report, const Metric *metric)
{
    if (report->run.timed)
        return "  ";
    if (strncmp(metric->meaning, "at most", 7) == 0)
        return "<=";
    return strncmp(metric->meaning, "at least", 8) == 0 ? ">=" : "  ";
}

static void write_line(const Report *report, const TextLine *line, FILE *stream)
{
    const Metric *metric = report_metric(report, line->metric);
    const double energy = metric_value(report, "energy_per_token_uj");
    const bool share = line->share && energy > 0, interval = report->run.draws > 0;

    if (!metric)
        return;
    fprintf(stream, "  %-22s%s%12s %-*s", line->label, side_text(report, metric),
            real_text(metric->value).text, share || interval ? 4 : 0,
            strcmp(metric->unit, "1/s") == 0 ? "/s" : metric->unit);
    if (share)
        fprintf(stream, "%5.1f %%", 100 * metric->value / energy);
    if (interval)
        fprintf(stream, "%*s %12s .. %12s", share ? 0 : 7, "", real_text(metric->low).text,
                real_text(metric->high).text);
    fprintf(stream, "\n");
}

static void write_lines(const Report *report, FILE *stream)
{
    static const TextLine times[] = {
        {"latency_mean_us", "latency, mean", false},
        {"latency_p95_us", "  95th percentile", false},
        {"latency_worst_us", "  worst", false},
        {"tokens_per_second_pipelined", "tokens, pipelined", false},
    };
    const bool reads = report->run.token_rows + report->run.decoder_words > 0;
    const TextLine energies[] = {
        {"energy_per_token_uj", "energy, one at a time", true},
        {"energy_active_uj", "  active cycles", true},
        {"energy_mac_array_uj", "  MAC arrays", true},
        {"energy_sleep_uj", "  cores' state power", true},
        {"energy_level_switch_uj", "  changes of level", true},
        {"energy_noc_uj", "  network-on-chip", true},
        {"energy_links_uj", "  links between chips", true},
        {"energy_off_board_links_uj", "  off-board links", true},
        {"energy_router_uj", "  router look-ups", true},
        {"energy_host_uj", "  host link", true},
        {"energy_dram_uj", reads ? "  DRAM" : "  DRAM (idle)", true},
        {"energy_floor_uj", "  chip floor", true},
        {"energy_extra_rail_uj", "  extra rail", true},
        {"energy_per_token_pipelined_uj", "energy, pipelined", false},
        {"power_mw", "mean power", false},
        {"power_pipelined_mw", "mean power, pipelined", false},
    };

    fprintf(stream, "\nPER TOKEN                    nominal       share%s\n",
            report->run.draws > 0 ? "     90 % from ..           to" : "");
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        write_line(report, &times[i], stream);
    for (size_t i = 0; i < sizeof energies / sizeof energies[0]; i++)
        write_line(report, &energies[i], stream);
}

/* What binds the run, and by how much. */
static void write_lower_bounds(const Report *report, FILE *stream)
{
    const double steps = (double)report->run.simulated_steps;

    if (report->n_bounds == 0)
        return;
    fprintf(stream, "BOUNDS");
    for (uint32_t i = 0; i < report->n_bounds; i++)
        fprintf(stream, "%s %s%s %s", i > 0 ? "," : "", report->bound[i].binding ? "*" : "",
                report->bound[i].name,
                real_text((double)report->bound[i].run_ps / steps / 1e6).text);
    fprintf(stream, " us (* binds)\n");
}

static void write_mac_line(const Report *report, const char *label, const char *suffix,
                           FILE *stream)
{
    static const char *const base[] = {"macs_dense", "macs_weight_sparse", "macs_activity_sparse",
                                       "macs_both", "mac_reduction"};
    const Metric *metric[5];

    for (int i = 0; i < 5; i++) {
        char name[64];
        snprintf(name, sizeof name, "%s%s", base[i], suffix);
        metric[i] = report_metric(report, name);
    }
    if (!metric[0] || !metric[1] || !metric[2] || !metric[3])
        return;
    fprintf(stream, "  %-13s", label);
    for (int i = 0; i < 4; i++)
        fprintf(stream, " %12s", real_text(metric[i]->value).text);
    if (metric[4])
        fprintf(stream, " %8sx", real_text(metric[4]->value).text);
    fputc('\n', stream);
}

static void write_macs(const Report *report, FILE *stream)
{
    fprintf(stream, "\nMACS PER TOKEN        dense    wt-sparse   act-sparse         both   "
                    "reduced\n");
    write_mac_line(report, "recurrent", "", stream);
    write_mac_line(report, "with decoder", "_with_decoder", stream);
    fprintf(stream, "  on the chip: %s synaptic operations, %s events",
            real_text(metric_value(report, "synaptic_ops_per_token")).text,
            real_text(metric_value(report, "events_per_token")).text);
    if (report->run.token_rows + report->run.decoder_words > 0)
        fprintf(stream, "; %s bytes from DRAM",
                real_text(metric_value(report, "dram_bytes_per_token")).text);
    fputc('\n', stream);
    if (report->run.decoder_words > 0)
        fprintf(stream, "  decoder on the chip: %s operations, %s words on %s cores\n",
                real_text(metric_value(report, "decoder_macs_per_token")).text,
                number_text(report->run.decoder_words).text,
                number_text(report->run.decoder_cores).text);
}

static double cycle_percent(const Report *report, Count count)
{
    return report->run.run_cycles > 0
               ? 100 * (double)report->busiest.count.n[count] / (double)report->run.run_cycles
               : 0;
}

static void write_busiest(const Report *report, FILE *stream)
{
    const ReportCore *core = &report->busiest;

    if (report_metric(report, "core_load_busiest") == NULL) { /* its time is unknown */
        fprintf(stream,
                "BUSIEST CORE %" PRIu64 " at (%" PRIu64 ",%" PRIu64 "): %s cycles of work\n",
                core->core, core->x, core->y, number_text(outcome_busy_cycles(&core->count)).text);
        return;
    }
    fprintf(stream,
            "BUSIEST CORE %" PRIu64 " at (%" PRIu64 ",%" PRIu64
            "): active %.1f %% of the cycles, mean of the cores %.1f %%\n",
            core->core, core->x, core->y, 100 * metric_value(report, "core_load_busiest"),
            100 * metric_value(report, "core_load_mean"));
    fprintf(stream, "  receive %.1f, update %.1f, ", cycle_percent(report, COUNT_RECEIVE_CYCLES),
            cycle_percent(report, COUNT_UPDATE_CYCLES));
    fprintf(stream, "emit %.1f", cycle_percent(report, COUNT_EMIT_CYCLES));
    if (report->run.timed && core->count.n[COUNT_ARRAY_WAIT_CYCLES] > 0)
        fprintf(stream, ", array wait %.1f", cycle_percent(report, COUNT_ARRAY_WAIT_CYCLES));
    if (!report->run.timed) {
        fprintf(stream, " %% at most\n");
        return;
    }
    if (report->n_levels > 0)
        fprintf(stream, ", slower %.1f, changes %.1f,\n  ",
                cycle_percent(report, COUNT_SLOW_CYCLES),
                cycle_percent(report, COUNT_LEVEL_SWITCH_CYCLES));
    else
        fprintf(stream, ", ");
    fprintf(stream, "stall %.1f, wait %.1f, sleep %.1f %%\n",
            cycle_percent(report, COUNT_STALL_CYCLES), cycle_percent(report, COUNT_WAIT_CYCLES),
            cycle_percent(report, COUNT_SLEEP_CYCLES));
}

/* Perplexity, and what quantisation did where the network was quantised. */
static void write_quality(const Report *report, FILE *stream)
{
    const Metric *perplexity = report_metric(report, "perplexity");
    const Metric *before = report_metric(report, "perplexity_before");

    if (perplexity) {
        fprintf(stream, "PERPLEXITY  %.4f over %s tokens, %.8s", perplexity->value,
                number_text(report->run.scored_tokens).text, report->text.precision);
        if (before)
            fprintf(stream, "; unquantised %.4f", before->value);
        fputc('\n', stream);
    }
    if (strcmp(report->text.weights, "fp32") == 0)
        return;
    fprintf(stream, "WEIGHTS  %.16s, %s rounded to zero; ", report->text.weights,
            number_text(report->run.pruned_weights).text);
    if (before)
        fprintf(stream, "active %.1f %%, was %.1f %%\n", 100 * metric_value(report, "activity"),
                100 * metric_value(report, "activity_before"));
    else
        fprintf(stream, "%s input values saturated\n",
                number_text(report->run.saturated_inputs).text);
}

/* Words of a text, from this column on; returns the column behind. */
static int write_words(const char *text, int column, FILE *stream)
{
    while (*text) {
        int n = (int)strcspn(text, " ");
        if (column + 1 + n > SCREEN_COLUMNS)
            column = fprintf(stream, "\n  %.*s", n, text) - 1;
        else
            column += fprintf(stream, " %.*s", n, text);
        text += n;
        text += strspn(text, " ");
    }
    return column;
}

static void write_left_out(const Report *report, FILE *stream)
{
    const bool rows = report->run.token_rows > 0, words = report->run.decoder_words > 0;
    int column = fprintf(stream, "NOT IN IT ");

    column = write_words(rows && words ? ""
                         : rows        ? "decoder (it runs on the host),"
                         : words       ? "embedding (it runs on the host),"
                                       : "embedding and decoder (they run on the host),",
                         column, stream);
    column = write_words("the host, "
                         "cores not in use (power-gated: 0); left out by the engine:",
                         column, stream);
    write_words(report->text.leaves_out, column, stream);
    fputc('\n', stream);
}

/* Which numbers of the chip cause the intervals of latency and energy. */
static void write_spread(const Report *report, FILE *stream)
{
    static const struct {
        SpreadMetric metric;
        const char *label;
    } rows[] = {{SPREAD_LATENCY_MEAN, "SPREAD  latency by"}, {SPREAD_ENERGY, "  energy by"}};
    Arena *scratch = arena_new();

    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const char *text = spread_text(scratch, report, rows[i].metric);
        if (text[0] == '\0')
            continue;
        write_words(text, fprintf(stream, "%s", rows[i].label), stream);
        fputc('\n', stream);
    }
    arena_free(scratch);
}

static void write_foot(const Report *report, FILE *stream)
{
    const Metric *latency = report_metric(report, "latency_mean_us");

    fprintf(stream,
            "RESTS ON  energy prices: measured %.0f %%, datasheet %.0f %%, derived %.0f %%, "
            "guess %.0f %%;\n",
            100 * metric_value(report, "price_share_measured"),
            100 * metric_value(report, "price_share_datasheet"),
            100 * metric_value(report, "price_share_derived"),
            100 * metric_value(report, "price_share_guess"));
    fprintf(stream, "  cycles and times: weakest kind %s%s\n",
            latency->counted ? "counted" : source_kind_name(latency->weakest),
            report->run.interrupted      ? "; interrupted before intervals"
            : report->run.draws == 0     ? "; no intervals were asked for"
            : report->run.retimings == 0 ? "; times stand at nominal numbers in all draws"
                                         : "");
    write_left_out(report, stream);
}

void report_write_text(const Report *report, FILE *stream)
{
    write_head(report, stream);
    write_layers(report, stream);
    write_memory(report, stream);
    write_lost(report, stream);
    write_late_pipelined(report, stream);
    write_lines(report, stream);
    write_lower_bounds(report, stream);
    write_macs(report, stream);
    write_busiest(report, stream);
    write_quality(report, stream);
    write_spread(report, stream);
    write_foot(report, stream);
}
