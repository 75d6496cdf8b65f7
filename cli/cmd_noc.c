/* cmd_noc.c - `egret noc`: a mesh of routers under synthetic traffic; latency against load.
 *
 * No chip, no program: the network model of the flit engine alone, as simulators of networks on
 * chip are compared. One run for each rate; a table, or CSV to plot.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "commands.h"
#include "sim/synthetic.h"

static const OptionRow OPTIONS[] = {
    {"size", 's', OPTION_VALUE, "WxH", "routers, one node each (default: 8x8)"},
    {"traffic", 't', OPTION_VALUE, "uniform|transpose|bit-complement|neighbour|hotspot",
     "where packets go (default: uniform)"},
    {"rate", 'r', OPTION_VALUE, "X,X,..", "flits a node and cycle; a run for each (default: 0.1)"},
    {"packet-flits", 0, OPTION_VALUE, "N", "flits of a packet (default: 4)"},
    {"exclude-self", 0, OPTION_FLAG, NULL, "uniform and hotspot: no packets to the node itself"},
    {"hotspot-node", 0, OPTION_VALUE, "N", "node y * W + x (default: the one at W/2, H/2)"},
    {"hotspot-share", 0, OPTION_VALUE, "X",
     "share of the packets that go there, beside uniform ones\n"
     "(default: 0.1)"},
    {"trace", 0, OPTION_VALUE, "FILE", "instead: packets `cycle,source,dest[+dest..],flits`"},
    {"routing", 0, OPTION_VALUE, "xy|yx", "first dimension first (default: xy)"},
    {"table", 0, OPTION_VALUE, "FILE", "instead: routes `node,dest,port`, port +x -x +y -y"},
    {"vcs", 0, OPTION_VALUE, "N", "virtual channels (default: 1)"},
    {"buffer-flits", 0, OPTION_VALUE, "N", "buffer of each virtual channel (default: 8)"},
    {"routing-cycles", 0, OPTION_VALUE, "N", "0: looked ahead (default: 1)"},
    {"vc-cycles", 0, OPTION_VALUE, "N", "to allocate a virtual channel (default: 1)"},
    {"switch-cycles", 0, OPTION_VALUE, "N", "to allocate the switch (default: 1)"},
    {"crossbar-cycles", 0, OPTION_VALUE, "N", "through the switch (default: 1)"},
    {"link-cycles", 0, OPTION_VALUE, "N", "over a link (default: 1)"},
    {"credit-cycles", 0, OPTION_VALUE, "N", "of a credit over its link (default: 1)"},
    {"warm-up", 0, OPTION_VALUE, "N", "cycles before the measurement (default: 6000)"},
    {"measure", 0, OPTION_VALUE, "N", "cycles of the measurement (default: 6000)"},
    {"latency-limit", 0, OPTION_VALUE, "N",
     "mean latency beyond which a network is unstable\n"
     "(default: 1000)"},
    {"seed", 0, OPTION_VALUE, "N", "of the random numbers (default: 1)"},
    {"csv", 0, OPTION_FLAG, NULL, "comma-separated values, all of them"},
};

static const char *const STATES[] = {"stable", "saturated", "unstable"};

static Status read_size(const Args *args, SyntheticOptions *options, Err *err)
{
    const char *text = args_text(args, "size");
    unsigned width, height;
    int used = 0;

    options->width = options->height = 8;
    if (!text)
        return STATUS_OK;
    if (strspn(text, "0123456789x") != strlen(text) || strlen(text) > 11 ||
        sscanf(text, "%ux%u%n", &width, &height, &used) != 2 || text[used] != '\0')
        return err_set(err, STATUS_USAGE, "--size: `%s` is not possible; expected WxH, like 8x8",
                       text);
    options->width = width;
    options->height = height;
    return STATUS_OK;
}

static Status read_u32(const Args *args, const char *name, const uint32_t range[2],
                       uint32_t fallback, uint32_t *out, Err *err)
{
    uint64_t value;

    TRY(args_u64(args, name, range[0], range[1], fallback, &value, err));
    *out = (uint32_t)value;
    return STATUS_OK;
}

static Status read_router(const Args *args, SyntheticOptions *options, Err *err)
{
    static const uint32_t vcs[] = {1, 12}, flits[] = {1, 4096}, cycles[] = {0, 16},
                          at_least_one[] = {1, 16};
    FlitParams *router = &options->router;

    TRY(read_u32(args, "vcs", vcs, 1, &router->n_vcs, err));
    TRY(read_u32(args, "buffer-flits", flits, 8, &options->buffer_flits, err));
    TRY(read_u32(args, "packet-flits", flits, 4, &options->packet_flits, err));
    TRY(read_u32(args, "routing-cycles", cycles, 1, &router->routing_cycles, err));
    TRY(read_u32(args, "vc-cycles", cycles, 1, &router->vc_alloc_cycles, err));
    TRY(read_u32(args, "switch-cycles", at_least_one, 1, &router->switch_alloc_cycles, err));
    TRY(read_u32(args, "crossbar-cycles", cycles, 1, &router->traversal_cycles, err));
    TRY(read_u32(args, "link-cycles", cycles, 1, &router->link_cycles, err));
    return read_u32(args, "credit-cycles", cycles, 1, &router->credit_cycles, err);
}

/* What only some kinds of traffic read. */
static Status check_traffic(const Args *args, const SyntheticOptions *options, Err *err)
{
    static const char *const random[] = {"traffic", "rate",          "packet-flits",
                                         "measure", "hotspot-share", "warm-up"};
    bool is_hotspot = strcmp(options->traffic, "hotspot") == 0;

    for (int i = 0; args_text(args, "trace") && i < 6; i++)
        if (args_text(args, random[i]))
            return err_set(err, STATUS_USAGE, "--trace, --%s: expected one of them", random[i]);
    if (!is_hotspot && (args_text(args, "hotspot-node") || args_text(args, "hotspot-share")))
        return err_set(err, STATUS_USAGE,
                       "--hotspot-node, --hotspot-share: need --traffic hotspot");
    if (args_flag(args, "exclude-self") && !is_hotspot && strcmp(options->traffic, "uniform") != 0)
        return err_set(err, STATUS_USAGE, "--exclude-self: needs --traffic uniform or hotspot");
    if (args_text(args, "routing") && args_text(args, "table"))
        return err_set(err, STATUS_USAGE, "--routing, --table: expected one of them");
    return STATUS_OK;
}

static Status read_traffic(const Args *args, SyntheticOptions *options, Err *err)
{
    static const char *const routings[] = {"xy", "yx"};
    const char *const *patterns;
    uint32_t n_patterns = synthetic_patterns(&patterns), pattern, routing;
    uint64_t hotspot, last = UINT32_MAX;

    TRY(args_choice(args, "traffic", patterns, n_patterns, 0, &pattern, err));
    options->traffic = patterns[pattern];
    TRY(check_traffic(args, options, err));
    TRY(args_choice(args, "routing", routings, 2, 0, &routing, err));
    options->y_first = routing == 1;
    options->exclude_self = args_flag(args, "exclude-self");
    TRY(args_u64(args, "hotspot-node", 0, last,
                 (uint64_t)options->height / 2 * options->width + options->width / 2, &hotspot,
                 err));
    options->hotspot_node = (uint32_t)hotspot;
    TRY(args_real(args, "hotspot-share", 0, 1, 0.1, &options->hotspot_share, err));
    TRY(args_u64(args, "warm-up", 0, UINT64_C(1) << 40, 6000, &options->warm_cycles, err));
    TRY(args_u64(args, "measure", 1, UINT64_C(1) << 40, 6000, &options->measure_cycles, err));
    TRY(args_real(args, "latency-limit", 1, 1e9, 1000, &options->latency_limit, err));
    return args_u64(args, "seed", 0, UINT64_MAX, 1, &options->seed, err);
}

static Status read_files(Arena *arena, const Args *args, SyntheticOptions *options, Err *err)
{
    const char *trace = args_text(args, "trace"), *table = args_text(args, "table");

    if (options->width == 0 || options->height == 0 || options->width > 65536 / options->height)
        return err_set(err, STATUS_USAGE, "--size: a mesh of %ux%u; expected 1 to 65536 nodes",
                       options->width, options->height);
    if (trace)
        TRY(packet_trace_load(arena, trace, options->width * options->height, &options->trace,
                              err));
    if (table)
        TRY(route_table_load(arena, table, options->width, options->height, &options->table, err));
    return STATUS_OK;
}

/* ---- results -------------------- */

static void write_head(const SyntheticOptions *options, bool csv)
{
    const FlitParams *router = &options->router;

    if (csv) {
        puts("size,traffic,packet_flits,vcs,buffer_flits,seed,rate,state,packets,latency_mean,"
             "latency_min,latency_p50,latency_p95,latency_p99,latency_max,net_latency_mean,"
             "hops_mean,accepted,busiest_link,cycles,flit_hops");
        return;
    }
    printf("%ux%u mesh, routes %s, ", options->width, options->height,
           options->table     ? "from a table"
           : options->y_first ? "y then x"
                              : "x then y");
    if (options->trace)
        printf("%u packets of a trace\n", options->trace->n_packets);
    else
        printf("traffic %s, packets of %u flits, seed %" PRIu64 "\n", options->traffic,
               options->packet_flits, options->seed);
    printf("  %u virtual channel%s of %u flits; cycles: routing %u, channel %u, switch %u,\n"
           "  crossbar %u, link %u, credit %u\n\n",
           router->n_vcs, router->n_vcs == 1 ? "" : "s", options->buffer_flits,
           router->routing_cycles, router->vc_alloc_cycles, router->switch_alloc_cycles,
           router->traversal_cycles, router->link_cycles, router->credit_cycles);
    puts("                         latency, cycles                             net           "
         "   busiest\n"
         "    rate  state            mean    p50    p95    p99    max    latency   hops  accepted "
         "   link");
}

static void write_csv(const SyntheticOptions *options, const SyntheticResult *result)
{
    printf("%ux%u,%s,%u,%u,%u,%" PRIu64 ",%.6g,%s,%" PRIu64 ",", options->width, options->height,
           options->trace ? "trace" : options->traffic, options->trace ? 0 : options->packet_flits,
           options->router.n_vcs, options->buffer_flits, options->seed, result->offered,
           STATES[result->state], result->n_packets);
    if (result->state == NOC_UNSTABLE)
        fputs(",,,,,,,", stdout);
    else
        printf("%.4f,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.4f,",
               result->latency_mean, result->latency_min, result->latency_p50, result->latency_p95,
               result->latency_p99, result->latency_max, result->net_latency_mean);
    printf("%.4f,%.6f,%.4f,%" PRIu64 ",%" PRIu64 "\n", result->hops_mean, result->accepted,
           result->busiest_link, result->cycles, result->flit_hops);
}

static void write_row(const SyntheticResult *result)
{
    printf("  %6.4f  %-10s", result->offered, STATES[result->state]);
    if (result->state == NOC_UNSTABLE)
        printf(" %10s %6s %6s %6s %6s %10s", "-", "-", "-", "-", "-", "-");
    else
        printf(" %10.2f %6" PRIu64 " %6" PRIu64 " %6" PRIu64 " %6" PRIu64 " %10.2f",
               result->latency_mean, result->latency_p50, result->latency_p95, result->latency_p99,
               result->latency_max, result->net_latency_mean);
    printf(" %6.3f   %.5f  %.3f\n", result->hops_mean, result->accepted, result->busiest_link);
}

static Status run(Arena *arena, const Args *args, Err *err)
{
    static const double range[] = {0, 4096};
    bool csv = args_flag(args, "csv");
    SyntheticOptions options;
    uint32_t n_rates;
    const double *rate;

    memset(&options, 0, sizeof options);
    TRY(read_size(args, &options, err));
    TRY(read_router(args, &options, err));
    TRY(read_traffic(args, &options, err));
    TRY(args_real_list(arena, args, "rate", range, 0.1, &n_rates, &rate, err));
    TRY(read_files(arena, args, &options, err));
    SyntheticResult *result = ARENA_ARRAY(arena, SyntheticResult, n_rates);
    for (uint32_t r = 0; r < n_rates; r++) {
        options.rate = rate[r];
        TRY(synthetic_run(&options, &result[r], err));
    }
    write_head(&options, csv);
    for (uint32_t r = 0; r < n_rates; r++) {
        if (csv)
            write_csv(&options, &result[r]);
        else
            write_row(&result[r]);
    }
    return STATUS_OK;
}

const CommandRow COMMAND_NOC = {
    .name = "noc",
    .operands = "[--size WxH] [--traffic NAME] [--rate X,X,..]",
    .summary = "Latency of a mesh of routers against load, under synthetic traffic.",
    .details = "The network of the flit engine alone, cycle by cycle: virtual channels, credits,\n"
               "packets of several flits, trees of copies (traces). docs/noc.md explains the\n"
               "router, the protocol and how far it is from BookSim2.",
    .option = OPTIONS,
    .n_options = sizeof OPTIONS / sizeof OPTIONS[0],
    .min_operands = 0,
    .max_operands = 0,
    .run = run,
};
