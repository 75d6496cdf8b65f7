/* html_energy.c - where the energy goes: by part with intervals, by layer, by phase, by chip; and
 * the memory that layers take.
 *
 * Energy is that of the ledger's shares in report.json, of the sequential run, divided by its
 * steps. Of more than MOST_ROWS chips those with most energy are shown, and the caption says so.
 * Cost: O(ledger lines).
 */
#include <inttypes.h>
#include <string.h>

#include "html_parts.h"

enum { MOST_ROWS = 48 };
static const double PJ_PER_UJ = 1e6;

static const char *const PARTS[N_ENERGY_PARTS] = {
    [ENERGY_ACTIVE] = "active cycles",
    [ENERGY_MAC_ARRAY] = "MAC arrays",
    [ENERGY_SLEEP] = "cores' state power",
    [ENERGY_LEVEL_SWITCH] = "changes of level",
    [ENERGY_NOC] = "network-on-chip",
    [ENERGY_LINKS] = "links between chips",
    [ENERGY_OFF_BOARD] = "links between boards",
    [ENERGY_ROUTER] = "router look-ups",
    [ENERGY_HOST] = "host link",
    [ENERGY_DRAM] = "DRAM",
    [ENERGY_FLOOR] = "chip floor",
    [ENERGY_RAIL] = "extra rail",
};

static int part_of(const char *name)
{
    for (int part = 0; part < N_ENERGY_PARTS; part++)
        if (strcmp(energy_part_name((EnergyPart)part), name) == 0)
            return part;
    return -1;
}

/* The rows of one scope, in the order of the report; returns how many. */
static uint32_t gather_rows(const Report *report, const char *scope, Bar *bar)
{
    const double steps = (double)report->run.simulated_steps;
    uint32_t n = 0;

    for (uint32_t i = 0; i < report->n_energy; i++) {
        const ReportEnergy *line = &report->energy[i];
        const int part = part_of(line->part);
        uint32_t at = 0;
        if (strcmp(line->scope, scope) != 0 || part < 0)
            continue;
        while (at < n && strcmp(bar[at].label, line->of) != 0)
            at++;
        bar[at].label = line->of;
        bar[at].value[part] += line->pj / PJ_PER_UJ / steps;
        n = at < n ? n : n + 1;
    }
    return n;
}

static double sum_of(const Bar *bar)
{
    double sum = 0;

    for (int part = 0; part < N_ENERGY_PARTS; part++)
        sum += bar->value[part];
    return sum;
}

/* Keeps the MOST_ROWS with most energy, in their order; of equal ones the first. */
static uint32_t keep_most(Bar *bar, uint32_t n)
{
    while (n > MOST_ROWS) {
        uint32_t least = 0;
        for (uint32_t i = 1; i < n; i++)
            least = sum_of(&bar[i]) <= sum_of(&bar[least]) ? i : least;
        memmove(&bar[least], &bar[least + 1], (n - least - 1) * sizeof *bar);
        n--;
    }
    return n;
}

static void write_scope(Arena *scratch, const Report *report, const char *scope, const char *title,
                        FILE *stream)
{
    Bar *bar = ARENA_ARRAY(scratch, Bar, report->n_energy);
    const uint32_t n_rows = gather_rows(report, scope, bar), n = keep_most(bar, n_rows);

    if (n == 0)
        return;
    if (n < n_rows)
        title =
            arena_printf(scratch, "%s: the %" PRIu32 " of %" PRIu32 " with most", title, n, n_rows);
    for (uint32_t i = 0; strcmp(scope, "chip") == 0 && i < n; i++)
        bar[i].label = arena_printf(scratch, "chip %s", bar[i].label);
    const BarChart chart = {arena_printf(scratch, "energy.%s", scope),
                            title,
                            "µJ",
                            N_ENERGY_PARTS,
                            PARTS,
                            n,
                            bar,
                            false};
    html_bars(&chart, stream);
}

/* ---- by part, with intervals -------------------- */

static void write_part(const Report *report, const char *name, const char *label, FILE *stream)
{
    const Metric *metric = report_metric(report, name);
    const Metric *all = report_metric(report, "energy_per_token_uj");

    if (metric == NULL)
        return;
    html_row(stream, label);
    html_real_cell(stream, metric->value, "metrics.%s.value", name);
    fputs("<td>", stream);
    html_percent(stream, all->value > 0 ? metric->value / all->value : 0, "=share.%s", name);
    fputs("</td>", stream);
    html_real_cell(stream, metric->low, "metrics.%s.low", name);
    html_real_cell(stream, metric->high, "metrics.%s.high", name);
    fprintf(stream, "<td class=\"l\">%s</td></tr>\n",
            metric->counted ? "counted" : source_kind_name(metric->weakest));
}

static void write_parts(Arena *scratch, const Report *report, FILE *stream)
{
    fputs("<figure class=\"card\">\n<figcaption>Energy per token by part, µJ</figcaption>\n",
          stream);
    html_table(stream, "Energy per token by part", NULL);
    fputs("<thead><tr><td></td>", stream);
    html_head_cell(stream, "µJ", NULL, true);
    html_head_cell(stream, "share", NULL, true);
    html_head_cell(stream, "90 % from", NULL, true);
    html_head_cell(stream, "to", NULL, true);
    html_head_cell(stream, "price is", NULL, false);
    fputs("</tr></thead><tbody>\n", stream);
    for (int part = 0; part < N_ENERGY_PARTS; part++)
        write_part(report,
                   arena_printf(scratch, "energy_%s_uj", energy_part_name((EnergyPart)part)),
                   PARTS[part], stream);
    write_part(report, "energy_per_token_uj", "all", stream);
    html_table_end(stream);
    fputs("</figure>\n", stream);
}

void html_energy(Arena *scratch, const RunView *view, FILE *stream)
{
    const Report *report = view->report;

    html_section(stream, "energy", "Energy");
    fputs("<p>One token at a time. “input” is what packets of the host take, “chips” the power of "
          "chips at work, which no layer causes",
          stream);
    fputs(report->run.timed ? ".</p>\n"
                            : "; state power is counted over lower bounds of time.</p>\n",
          stream);
    fputs("<div class=\"two\">\n", stream);
    write_scope(scratch, report, "layer", "Energy per token by layer, µJ", stream);
    write_parts(scratch, report, stream);
    write_scope(scratch, report, "phase", "Energy per token by what cores do, µJ", stream);
    if (report->plan.n_chips > 1)
        write_scope(scratch, report, "chip", "Energy per token by chip, µJ", stream);
    fputs("</div>\n", stream);
    html_section_end(stream);
}

/* ---- memory -------------------- */

static const char *const REGIONS[N_REGIONS] = {
    [REGION_CODE] = "code",
    [REGION_FIFO] = "receive FIFO",
    [REGION_EVENTS] = "event buffers",
    [REGION_STACK] = "stack",
    [REGION_WEIGHTS] = "weights",
    [REGION_INDICES] = "indices",
    [REGION_POINTERS] = "row pointers",
    [REGION_PARAMETERS] = "parameters",
    [REGION_STATE] = "state",
    [REGION_ACCUMULATORS] = "accumulators",
};

static void take_layer(const ReportLayer *layer, Bar *bar)
{
    bar->label = layer->name;
    bar->value[REGION_WEIGHTS] = (double)layer->weights_bytes;
    bar->value[REGION_INDICES] = (double)layer->indices_bytes;
    bar->value[REGION_POINTERS] = (double)layer->row_pointers_bytes;
    bar->value[REGION_PARAMETERS] = (double)layer->parameters_bytes;
    bar->value[REGION_STATE] = (double)layer->state_bytes;
}

/* What the cores have besides: to work with, or of the decoder. */
static void take_rest(const RunView *view, Bar *layers, Bar *rest)
{
    double sum[N_REGIONS] = {0};

    for (uint32_t i = 0; i < view->n_cores; i++)
        for (int region = 0; region < N_REGIONS; region++)
            sum[region] += (double)view->core[i].region_bytes[region];
    for (uint32_t i = 0; i < view->report->n_layers; i++)
        for (int region = 0; region < N_REGIONS; region++)
            sum[region] -= layers[i].value[region];
    rest->label = view->report->run.decoder_words > 0 ? "decoder, working" : "to work with";
    for (int region = 0; region < N_REGIONS; region++)
        rest->value[region] = sum[region];
}

static void write_fullest(const ReportMapping *mapping, FILE *stream)
{
    fputs("<p>Fullest core ", stream);
    html_count(stream, mapping->fullest_core, "mapping.fullest_core");
    fputs(": ", stream);
    html_count(stream, mapping->fullest_data_bytes, "mapping.fullest_data_bytes");
    fputs(" of ", stream);
    html_count(stream, mapping->available_data_bytes, "mapping.available_data_bytes");
    fputs(" bytes of data memory", stream);
    if (mapping->available_data_bytes > 0) {
        fputs(" (", stream);
        html_percent(stream,
                     (double)mapping->fullest_data_bytes / (double)mapping->available_data_bytes,
                     "=fullest_share");
        fputs(")", stream);
    }
    fputs("; most system memory in use on a core ", stream);
    html_count(stream, mapping->most_system_bytes, "mapping.most_system_bytes");
    fputs(" of ", stream);
    html_count(stream, mapping->available_system_bytes, "mapping.available_system_bytes");
    fputs(". Fullest router table ", stream);
    html_count(stream, mapping->table_entries_used, "mapping.table_entries_used");
    fputs(" of ", stream);
    html_count(stream, mapping->table_entries_available, "mapping.table_entries_available");
    fputs(" entries.</p>\n", stream);
}

void html_memory(Arena *scratch, const RunView *view, FILE *stream)
{
    const uint32_t n_layers = view->report->n_layers;
    Bar *bar = ARENA_ARRAY(scratch, Bar, n_layers + 1);

    for (uint32_t i = 0; i < n_layers; i++)
        take_layer(&view->report->layer[i], &bar[i]);
    take_rest(view, bar, &bar[n_layers]);
    html_section(stream, "memory", "Memory");
    write_fullest(&view->report->mapping, stream);
    const BarChart chart = {
        "memory", "Memory of all cores in use, bytes", "B", N_REGIONS, REGIONS, n_layers + 1, bar,
        true};
    html_bars(&chart, stream);
    html_section_end(stream);
}
