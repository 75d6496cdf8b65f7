/* synthetic.c - a mesh under synthetic traffic: nodes send, routers forward, the rest is counted.
 *
 * A node holds one packet at a time: the next is taken when the one before has been sent, and
 * carries the cycle of its creation, so its wait in a queue without end is counted and the queue
 * itself is never stored. Protocol: warm_cycles, then measure_cycles, then as long as measured
 * packets are on their way; measured are packets that begin to be sent after the warm-up and were
 * created before the end of the measurement. Nodes go on sending to the end, so the last measured
 * packets see the same load as the first. A network whose mean latency, with the time that packets
 * under way have spent so far, passes latency_limit is unstable.
 *
 * A node's own rules are those of a router's output: VCs in turn, a flit a cycle, credits.
 * Trees (traces): a copy at a router stands for those destinations whose path from the source
 * leads through it, which for dimension order is a matter of coordinates.
 */
#include "base/check.h"
#include "flit_router.h"
#include "synthetic_state.h"

/* ---- routing -------------------- */

/* A table, as no processor can foretell where packets go. */
static uint32_t by_coordinates(const Synthetic *s, uint32_t from, uint32_t to)
{
    enum { E = PORT_EAST, W = PORT_WEST, N = PORT_NORTH, S = PORT_SOUTH };
    static const uint8_t PORT[2][9] = {
        {W, W, W, S, PORT_NODE, N, E, E, E}, /* x first; by the sign of x, then of y */
        {S, W, N, S, PORT_NODE, N, S, E, N},
    };
    Place here = s->place[from], there = s->place[to];
    int x = (there.x > here.x) - (there.x < here.x), y = (there.y > here.y) - (there.y < here.y);
    return PORT[s->options.y_first][3 * (x + 1) + y + 1];
}

static bool between(uint32_t a, uint32_t at, uint32_t b)
{
    return (a <= at && at <= b) || (b <= at && at <= a);
}

/* Is `at` on the path from `from` to `to`? A leg along the first dimension, one along the other. */
static bool on_path(const Synthetic *s, uint32_t from, uint32_t to, uint32_t at)
{
    Place begin = s->place[from], end = s->place[to], here = s->place[at];
    Place corner = s->options.y_first ? (Place){begin.x, end.y} : (Place){end.x, begin.y};
    return (between(begin.x, here.x, corner.x) && between(begin.y, here.y, corner.y)) ||
           (between(corner.x, here.x, end.x) && between(corner.y, here.y, end.y));
}

static uint32_t on_route(void *context, uint32_t router, uint32_t packet)
{
    const Synthetic *s = context;
    const Sent *sent = &s->sent[packet];
    if (s->options.table != NULL)
        return UINT32_C(1) << s->options.table[(size_t)router * s->n_nodes + sent->dest];
    if (sent->n_dests == 1)
        return UINT32_C(1) << by_coordinates(s, router, sent->dest);
    const uint32_t *dest = &s->options.trace->dest[sent->dest];
    uint32_t ports = 0;
    for (uint32_t d = 0; d < sent->n_dests; d++)
        if (on_path(s, sent->source, dest[d], router))
            ports |= UINT32_C(1) << by_coordinates(s, router, dest[d]);
    return ports;
}

static uint32_t apart(uint32_t a, uint32_t b)
{
    return a > b ? a - b : b - a;
}

/* Routers from one node to another, both included. */
static uint32_t hops(const Synthetic *s, uint32_t from, uint32_t to)
{
    uint32_t width = s->options.width, n = 1;
    if (s->options.table != NULL) {
        static const int STEP_X[] = {1, -1, 0, 0}, STEP_Y[] = {0, 0, 1, -1};
        for (uint32_t port; from != to; n++) {
            port = s->options.table[(size_t)from * s->n_nodes + to];
            from = (uint32_t)((int)from + STEP_X[port] + STEP_Y[port] * (int)width);
        }
        return n;
    }
    Place begin = s->place[from], end = s->place[to];
    return 1 + apart(begin.x, end.x) + apart(begin.y, end.y);
}

/* ---- out of the network -------------------- */

static void count_packet(Synthetic *s, const Sent *sent, uint32_t node, uint64_t cycle)
{
    Tally *tally = &s->tally;
    uint64_t latency = cycle - sent->created;
    tally->n_packets++;
    tally->latency_sum += latency;
    tally->net_latency_sum += cycle - sent->entered;
    tally->hops_sum += hops(s, sent->source, node);
    tally->min = latency < tally->min ? latency : tally->min;
    tally->max = latency > tally->max ? latency : tally->max;
    tally->bin[latency < LATENCY_BINS ? latency : LATENCY_BINS - 1]++;
}

static void on_leave(void *context, uint32_t output, uint32_t flit, uint64_t cycle)
{
    Synthetic *s = context;
    s->tally.accepted += cycle >= s->measure_from && cycle < s->measure_to;
    if (!(flit & FLIT_TAIL))
        return;
    uint32_t id = flit & ~FLIT_TAIL;
    Sent *sent = &s->sent[id];
    if (sent->measured)
        count_packet(s, sent, output / N_PORTS, cycle);
    if (--sent->left > 0)
        return;
    if (sent->measured) {
        s->tally.n_under_way--;
        s->tally.created_sum -= sent->created;
    }
    s->free[s->n_free++] = id;
}

/* ---- into the network -------------------- */

static void begin_packet(Synthetic *s, uint32_t n, uint64_t cycle)
{
    NewPacket new = traffic_take(&s->traffic, n);
    CHECK(s->n_free > 0);
    uint32_t id = s->free[--s->n_free];
    bool measured = cycle >= s->measure_from && new.created < s->measure_to;
    s->sent[id] =
        (Sent){.created = new.created,
               .entered = UINT64_MAX,
               .source = n,
               .dest = new.n_dests == 1 ? new.dest : (uint32_t)(new.dests - s->options.trace->dest),
               .n_dests = new.n_dests,
               .left = new.n_dests,
               .measured = measured};
    s->node[n].packet = id;
    s->node[n].flits_left = s->node[n].n_flits = new.n_flits;
    if (measured) {
        s->tally.n_under_way++;
        s->tally.created_sum += new.created;
    }
}

/* The VC for a new packet: the next in turn with a credit. */
static bool choose_vc(Synthetic *s, uint32_t n)
{
    uint32_t n_vcs = s->options.router.n_vcs;
    for (uint32_t i = 1; i <= n_vcs; i++) {
        uint32_t vc = (s->node[n].vc + i) % n_vcs;
        if (flit_feeder_has_credit(&s->net, n, vc)) {
            s->node[n].vc = vc;
            return true;
        }
    }
    return false;
}

static void send_flit(Synthetic *s, uint32_t n, uint64_t cycle)
{
    Node *node = &s->node[n];
    if (node->flits_left == node->n_flits) {
        if (!choose_vc(s, n))
            return;
        s->sent[node->packet].entered = cycle;
    } else if (!flit_feeder_has_credit(&s->net, n, node->vc)) {
        return;
    }
    bool is_tail = --node->flits_left == 0;
    flit_feeder_send(&s->net, n, node->vc, node->packet | (is_tail ? FLIT_TAIL : 0));
}

static void step_node(Synthetic *s, uint32_t n, uint64_t cycle)
{
    if (s->node[n].flits_left == 0)
        begin_packet(s, n, cycle);
    send_flit(s, n, cycle);
    uint64_t created = s->traffic.created[n];
    if (s->node[n].flits_left > 0 || created <= cycle + 1)
        return;
    s->active[n / 64] &= ~(UINT64_C(1) << (n % 64));
    if (created != UINT64_MAX)
        wheel_set(&s->wheel, n, created);
}

/* ---- make -------------------- */

static Status check_options(const SyntheticOptions *options, Err *err)
{
    if (options->width == 0 || options->height == 0 || options->height > MAX_NODES / options->width)
        return err_set(err, STATUS_USAGE, "a mesh of %ux%u; expected 1 to %d nodes", options->width,
                       options->height, MAX_NODES);
    if (options->buffer_flits == 0 || options->buffer_flits > FLIT_MAX_BUFFER)
        return err_set(err, STATUS_USAGE, "buffers of %u flits; expected 1 to %d",
                       options->buffer_flits, FLIT_MAX_BUFFER);
    if (options->packet_flits == 0)
        return err_set(err, STATUS_USAGE, "packets of 0 flits; expected at least 1");
    for (uint32_t p = 0; options->trace && p < options->trace->n_packets; p++) {
        const TracePacket *packet = &options->trace->packet[p];
        if (packet->n_dests == 1)
            continue;
        if (packet->n_flits > options->buffer_flits)
            return err_set(err, STATUS_USAGE,
                           "a packet to %u destinations has %u flits; expected at most a buffer "
                           "(%u), or copies could wait for one another for ever",
                           packet->n_dests, packet->n_flits, options->buffer_flits);
        if (options->table != NULL)
            return err_set(err, STATUS_USAGE,
                           "a packet to %u destinations; expected one where a table routes",
                           packet->n_dests);
    }
    return STATUS_OK;
}

static Status init_net(Arena *arena, Synthetic *s, Err *err)
{
    static const int STEP_X[] = {1, -1, 0, 0}, STEP_Y[] = {0, 0, 1, -1};
    int width = (int)s->options.width, height = (int)s->options.height;
    Arena *scratch = arena_new();
    uint32_t n_wires = s->n_nodes * N_PORTS, slots = s->options.buffer_flits;
    FlitOutput *output = ARENA_ARRAY(scratch, FlitOutput, n_wires + s->n_nodes);
    for (int node = 0; node < width * height; node++) {
        FlitOutput *of_node = &output[node * N_PORTS];
        for (int port = 0; port < PORT_NODE; port++) {
            int x = node % width + STEP_X[port], y = node / width + STEP_Y[port];
            if (x < 0 || x >= width || y < 0 || y >= height)
                continue;
            /* an input has the number of the side it lies on: east of west is its own east */
            uint32_t to = (uint32_t)(y * width + x) * N_PORTS + (uint32_t)(port ^ 1);
            of_node[port] = (FlitOutput){FLIT_LINK, to, slots};
        }
        of_node[PORT_NODE] = (FlitOutput){FLIT_SINK, 0, slots};
        output[n_wires + (uint32_t)node] =
            (FlitOutput){FLIT_LINK, (uint32_t)node * N_PORTS + PORT_NODE, slots};
    }
    FlitShape shape = {s->n_nodes, N_PORTS, s->n_nodes, output, NULL};
    FlitHooks hooks = {.context = s, .route = on_route, .leave = on_leave};
    Status status = flit_net_init(arena, &s->net, &shape, &s->options.router, &hooks, err);
    arena_free(scratch);
    return status;
}

/* Every packet under way has a slot, or is being sent by its node. */
static void init_packets(Arena *arena, Synthetic *s)
{
    uint32_t n_packets =
        s->n_nodes * (1 + N_PORTS * s->options.router.n_vcs * s->options.buffer_flits);
    s->sent = ARENA_ARRAY(arena, Sent, n_packets);
    s->free = ARENA_ARRAY(arena, uint32_t, n_packets);
    for (s->n_free = 0; s->n_free < n_packets; s->n_free++)
        s->free[s->n_free] = n_packets - 1 - s->n_free;
}

Status synthetic_new(Arena *arena, const SyntheticOptions *options, Synthetic **out, Err *err)
{
    Synthetic *s = ARENA_ARRAY(arena, Synthetic, 1);
    *out = NULL;
    s->options = *options;
    TRY(check_options(options, err));
    s->n_nodes = options->width * options->height;
    s->measure_from = options->trace ? 0 : options->warm_cycles;
    s->measure_to = options->trace ? UINT64_MAX : s->measure_from + options->measure_cycles;
    s->next_check = s->measure_to;
    s->tally.min = UINT64_MAX;
    TRY(traffic_init(arena, &s->traffic, &s->options, err));
    TRY(init_net(arena, s, err));
    init_packets(arena, s);
    s->next_watch = options->table ? STUCK_CHECK_CYCLES : UINT64_MAX;
    s->dead = ARENA_ARRAY(arena, bool, (size_t)s->n_nodes * s->net.stride);
    s->ring = ARENA_ARRAY(arena, uint32_t, (size_t)s->n_nodes * s->net.stride);
    s->active = ARENA_ARRAY(arena, uint64_t, (s->n_nodes + 63) / 64);
    s->node = ARENA_ARRAY(arena, Node, s->n_nodes);
    wheel_init(arena, &s->wheel, s->n_nodes);
    s->place = ARENA_ARRAY(arena, Place, s->n_nodes);
    for (uint32_t n = 0; n < s->n_nodes; n++) {
        s->place[n] = (Place){(uint16_t)(n % options->width), (uint16_t)(n / options->width)};
        s->node[n].vc = options->router.n_vcs - 1; /* VC 0 goes first */
        if (s->traffic.created[n] != UINT64_MAX)
            wheel_set(&s->wheel, n, s->traffic.created[n]);
    }
    *out = s;
    return STATUS_OK;
}

/* ---- run -------------------- */

uint64_t synthetic_next(const Synthetic *s)
{
    if (s->done)
        return UINT64_MAX;
    for (uint32_t w = 0; w < (s->n_nodes + 63) / 64; w++)
        if (s->active[w])
            return s->net.cycle + 1;
    uint64_t net = flit_net_next(&s->net), wheel = wheel_next(&s->wheel);
    uint64_t next = net < wheel ? net : wheel;
    next = next < s->next_check ? next : s->next_check;
    if (next == UINT64_MAX && flit_net_held(&s->net) > 0)
        return s->next_watch; /* all stands still: for ever */
    return next;
}

/* Is this the end? */
static void check_end(Synthetic *s, uint64_t cycle)
{
    const Tally *tally = &s->tally;
    s->next_check = cycle + DRAIN_CHECK_CYCLES;
    uint64_t n = tally->n_packets + tally->n_under_way;
    double under_way = (double)tally->n_under_way * (double)cycle - (double)tally->created_sum;
    s->unstable =
        n > 0 && ((double)tally->latency_sum + under_way) / (double)n > s->options.latency_limit;
    s->done = s->unstable;
}

static void watch(Synthetic *s, uint64_t cycle)
{
    s->next_watch = cycle + STUCK_CHECK_CYCLES;
    s->n_ring = flit_net_stuck(&s->net, s->dead, s->ring);
    s->done = s->n_ring > 0;
}

/* Has every measured packet arrived? Those that wait at their nodes count too. */
static bool all_arrived(const Synthetic *s)
{
    if (s->tally.n_under_way > 0)
        return false;
    for (uint32_t n = 0; n < s->n_nodes; n++)
        if (s->traffic.created[n] < s->measure_to)
            return false;
    return true;
}

void synthetic_step(Synthetic *s, uint64_t cycle)
{
    flit_net_step(&s->net, cycle);
    wheel_advance(&s->wheel, cycle);
    for (uint32_t n; (n = wheel_take(&s->wheel)) != WHEEL_NONE;)
        s->active[n / 64] |= UINT64_C(1) << (n % 64);
    for (uint32_t w = 0; w < (s->n_nodes + 63) / 64; w++)
        for (uint64_t left = s->active[w]; left; left &= left - 1)
            step_node(s, w * 64 + bits_lowest(left), cycle);
    if (cycle >= s->measure_to && all_arrived(s))
        s->done = true;
    else if (cycle >= s->next_watch)
        watch(s, cycle);
    if (!s->done && cycle >= s->next_check)
        check_end(s, cycle);
}

/* ---- all of it -------------------- */

Status synthetic_run(const SyntheticOptions *options, SyntheticResult *out, Err *err)
{
    Arena *arena = arena_new();
    Synthetic *synthetic;
    Status status = synthetic_new(arena, options, &synthetic, err);
    if (status == STATUS_OK) {
        for (uint64_t cycle; (cycle = synthetic_next(synthetic)) != UINT64_MAX;)
            synthetic_step(synthetic, cycle);
        status = synthetic_finish(synthetic, out, err);
    }
    arena_free(arena);
    return status;
}
