/* cmd_compile.c - `egret compile`: a network into a program (.egp), and what was decided. */
#include <inttypes.h>

#include "commands.h"
#include "interrupt.h"
#include "job.h"
#include "arch/matrix_image.h"
#include "base/number_text.h"

static const OptionRow OPTIONS[] = {
    OPTIONS_CHIP,
    {"output", 'o', OPTION_VALUE, "FILE", "write the program there (.egp)"},
    OPTIONS_STATE,
    OPTIONS_QUANTIZE,
    OPTIONS_MAPPING,
    {"write-hgr", 0, OPTION_VALUE, "FILE",
     "write the network as a weighted hypergraph (hMETIS) for\n"
     "other partitioners; --partition takes their result"},
    {"dump", 0, OPTION_VALUE, "LETTERS", "print the mapping after the passes with these letters"},
};

/* " source", or " source 75, dense-mla 25": matrices by format */
static void print_formats(const LayerMapping *layer)
{
    const char *between = " ";
    for (int f = 0; f < N_FORMATS; f++) {
        uint32_t n = layer->n_matrices[f];
        if (n == 0)
            continue;
        printf("%s%s", between, format_name((WeightFormat)f));
        if (n < 2 * layer->n_slices)
            printf(" %" PRIu32, n);
        between = ", ";
    }
    putchar('\n');
}

static void print_layers(const CompileSummary *summary)
{
    printf(
        "  layer            cores slices  units/slice        weights  index bits  work  formats\n");
    for (uint32_t i = 0; i < summary->n_layers; i++) {
        const LayerMapping *layer = &summary->layer[i];
        printf("  %-16.16s %5" PRIu32 " %6" PRIu32 "  %5" PRIu32 "..%-5" PRIu32 " %13s  %10" PRIu32
               "  %.2f ",
               layer->name, layer->n_cores, layer->n_slices, layer->min_units, layer->max_units,
               number_text(layer->n_weights).text, layer->max_index_bits, layer->work_max_by_mean);
        print_formats(layer);
    }
}

static void print_traffic(const TrafficSummary *traffic)
{
    printf("  traffic      %.2f links an event%s, %.2f of these the busiest one\n",
           traffic->hops_per_event, traffic->from_routes ? "" : " (model)",
           traffic->busiest_link_share);
    if (traffic->from_routes)
        printf(
            "    bound      no trees to the same routers have fewer than %.2f, or less than %.2f\n",
            traffic->hops_bound, traffic->busiest_link_bound);
}

static void print_tables(const CompileSummary *summary, uint64_t available)
{
    printf("  router       %s of %s table entries\n", number_text(summary->n_table_entries).text,
           number_text(available).text);
    if (summary->n_tables == 1 && summary->n_raw_entries == summary->n_table_entries)
        return;
    printf("    tables     of %s routers: %s entries in all, %s before merging (at most %s)\n",
           number_text(summary->n_tables).text, number_text(summary->n_all_entries).text,
           number_text(summary->n_all_raw_entries).text, number_text(summary->n_raw_entries).text);
}

static void print_summary(const Job *job)
{
    const CompileSummary *summary = job->summary;

    printf("%s on %s\n", job->network->name, job->chip->name);
    print_layers(summary);
    if (summary->decoder.n_words > 0)
        printf("  decoder          %5" PRIu32 " %6" PRIu32 "  %5" PRIu32 "..%-5" PRIu32
               " %13s bytes in DRAM, %s words\n",
               summary->decoder.n_cores, summary->decoder.n_cores, summary->decoder.min_words,
               summary->decoder.max_words, number_text(summary->decoder.dram_bytes).text,
               number_text(summary->decoder.n_words).text);
    printf("  cores        %" PRIu32 " of %" PRIu32 " usable; %" PRIu32 " would hold the network\n",
           summary->n_cores, summary->n_usable_cores, summary->min_cores);
    printf("  fullest core %" PRIu32 ": %s weights, %s bytes with their indices\n",
           summary->busiest_core, number_text(summary->busiest_weights).text,
           number_text(summary->busiest_weight_bytes).text);
    printf("    data       %s of %s bytes, of these %s for the network\n",
           number_text(summary->busiest_data_bytes).text,
           number_text(summary->available_data_bytes).text,
           number_text(summary->busiest_network_bytes).text);
    printf("    system     %s of %s bytes on the core with most\n",
           number_text(summary->max_system_bytes).text,
           number_text(summary->available_system_bytes).text);
    print_tables(summary, cost_count(&job->chip->router.table_entries));
    print_traffic(&summary->traffic);
    printf("  estimate     %.4g us and %.4g uJ a token, %.4g tokens/s pipelined\n",
           summary->estimate.latency_us, summary->estimate.energy_uj,
           summary->estimate.tokens_per_second);
    printf("  program      %016" PRIx64 "\n", job->program->hash);
}

/* An event that reaches so much of a layer cannot be kept from the rest by any mapping. */
#define BROADCAST_REACH 0.9
#define STRUCTURED_REACH 0.8 /* of what it would be at random */

static const char *verdict_on(const LayerAdvice *advice)
{
    if (advice->reach >= BROADCAST_REACH)
        return "broadcasts: only another sparsity saves packets";
    if (advice->reach <= STRUCTURED_REACH * advice->reach_at_random)
        return "structured: the split keeps events together";
    return "unstructured: a better split can save little";
}

static void print_advice(const CompileSummary *summary)
{
    const CompileAdvice *advice = &summary->advice;
    const LayerMapping *layer = summary->layer;

    printf(
        "\nADVICE: share of a layer's cores that an event sent to it must reach, had the weights\n"
        "no structure, and had all gates of a unit the same sources\n");
    printf("  layer            reach  at random  one mask\n");
    for (uint32_t i = 0; i < summary->n_layers; i++)
        printf("  %-16.16s %4.0f %%     %4.0f %%    %4.0f %%  %s\n", layer[i].name,
               100.0 * advice->layer[i].reach, 100.0 * advice->layer[i].reach_at_random,
               100.0 * advice->layer[i].reach_one_mask, verdict_on(&advice->layer[i]));
    printf("  latency      most from %s: %.0f %% of the sum of the layers' busiest cores\n",
           layer[advice->latency.layer].name, 100.0 * advice->latency.share);
    printf("  throughput   bound by core %" PRIu32 ": %.0f %% of its work is for %s\n",
           advice->throughput.core, 100.0 * advice->throughput.share,
           layer[advice->throughput.layer].name);
    printf("  memory       bound by core %" PRIu32 ": %.0f %% in use, most for %s\n",
           advice->memory.core, 100.0 * advice->memory.share, layer[advice->memory.layer].name);
}

/* Letters that no pass has are a mistake. */
static Status check_dump(Arena *arena, const char *letters, Err *err)
{
    const PassName *pass;
    uint32_t n_passes = compile_passes(&pass);
    const char *known = "";

    for (uint32_t i = 0; i < n_passes; i++)
        known = arena_printf(arena, "%s%s%c (%s)", known, i > 0 ? ", " : "", pass[i].letter,
                             pass[i].name);
    for (const char *at = letters; *at; at++) {
        bool found = false;
        for (uint32_t i = 0; i < n_passes; i++)
            found = found || pass[i].letter == *at;
        if (!found)
            return err_set(err, STATUS_USAGE,
                           "--dump: no pass has the letter `%c`; expected some of %s", *at, known);
    }
    return STATUS_OK;
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    const char *dump = args_text(args, "dump"), *path = args_text(args, "output");
    Job job;

    TRY(job_begin(arena, args, &job, err));
    if (dump)
        TRY(check_dump(arena, dump, err));
    TRY(job_load_chip(&job, err));
    TRY(job_load_network(&job, args->operand[0], err));
    if (args_text(args, "write-hgr")) {
        const UnitRates *rates;
        TRY(job_read_rates(&job, &rates, err));
        TRY(hypergraph_write(arena, job.network, rates, args_text(args, "write-hgr"), err));
    }
    interrupt_watch();
    TRY(job_compile(&job, dump, dump ? stdout : NULL, err));
    if (path)
        TRY(program_save(arena, job.program, path, err));
    print_summary(&job);
    print_advice(job.summary);
    return STATUS_OK;
}

const CommandRow COMMAND_COMPILE = {
    .name = "compile",
    .operands = "NET --chip CHIP [-o FILE]",
    .summary = "Compile the network NET onto a chip and show how it is mapped.",
    .details =
        "Without -o it only shows whether and how the network fits. In the table, work is the\n"
        "expected work of the busiest core of a layer by the mean of the layer's cores.",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
    .operand = "NET",
};
