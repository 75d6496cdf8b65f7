/* expect_links.c - flits and look-ups that trees to random cores are expected to take.
 *
 * From a central router every tile with a core that a packet reaches gets one flit, and cores are
 * reached independently of one another: 1 - the product of the chances to miss each. Up to the
 * router goes every packet once. Between routers a tree to n others has n links at least, and as
 * many if they stand together, of which one leads to each other board; no link is known to carry
 * more than another, so all of a kind get the same share. Each link ends in a look-up.
 *
 * Cost: O(cores * classes near their layer).
 */
#include "expect_model.h"

typedef struct Sent { /* packets that slices of one class, or the host, send in a step     */
    uint32_t from;    /* class, or PROGRAM_NONE                                            */
    double open;      /* events that close no step                                         */
    double closing;   /* packets that close one                                            */
} Sent;

/* Copies of all these packets that a group of cores at one place gets in a step. */
static double copies_at(const ExpectModel *model, const Sent *sent, const uint32_t *core_class,
                        uint32_t n)
{
    double no_event = 1, no_closing = 1;
    for (uint32_t i = 0; i < n; i++) {
        no_event *= 1 - expect_hears(model, sent->from, core_class[i]);
        no_closing *= 1 - expect_closes(model, sent->from, core_class[i]);
    }
    return sent->open * (1 - no_event) + sent->closing * (1 - no_closing);
}

/* Returns the sum over the links. */
static double add_flits(const ExpectModel *model, double *mean, uint32_t chip, const NocPath *path,
                        double flits)
{
    for (uint32_t i = 0; i < path->n_links; i++)
        mean[chip * model->plan.topology->n_links + path->link[i]] += flits;
    return path->n_links * flits;
}

typedef uint32_t (*PlaceOf)(const Topology *topology, uint32_t router);

static uint32_t router_itself(const Topology *topology, uint32_t router)
{
    (void)topology;
    return router;
}

static uint32_t board_of(const Topology *topology, uint32_t router)
{
    return chip_board(&topology->chip->fabric, topology->router_cell[router]);
}

/* Cores in use of each tile, as Program.core ascends. */
static uint32_t cores_at(const Program *program, uint32_t first, uint32_t per_place)
{
    uint32_t place = program->core[first].core / per_place, n = 0;
    while (first + n < program->n_cores && program->core[first + n].core / per_place == place)
        n++;
    return n;
}

static double add_tiles(const ExpectModel *model, const Sent *sent, double *mean)
{
    double flits = 0;
    const Plan *plan = &model->plan;
    const Topology *topology = plan->topology;
    const Program *program = plan->program;
    for (uint32_t c = 0, n; c < program->n_cores; c += n) {
        n = cores_at(program, c, plan->cores_per_tile);
        uint32_t tile = program->core[c].core / plan->cores_per_tile;
        flits += add_flits(model, mean, tile / topology->n_tiles,
                           &topology->from_router[tile % topology->n_tiles],
                           copies_at(model, sent, &model->core_class[c], n));
    }
    return flits;
}

/* The place (router or board) of a core in use. */
static uint32_t place_of_core(const ExpectModel *model, PlaceOf place_of, uint32_t c)
{
    const Topology *topology = model->plan.topology;
    return place_of(topology, topology_router_of_core(topology, model->plan.program->core[c].core));
}

/* Links between places: one to each place with a core that is reached, but the sender's own. Cores
 * of a place follow one another. */
static double copies_between(const ExpectModel *model, const Sent *sent, PlaceOf place_of)
{
    const Program *program = model->plan.program;
    const uint32_t of_host = place_of(model->plan.topology, model->plan.topology->host_router);
    double all = 0, own = 0;
    for (uint32_t c = 0, n; c < program->n_cores; c += n) {
        const uint32_t place = place_of_core(model, place_of, c);
        for (n = 1; c + n < program->n_cores; n++)
            if (place_of_core(model, place_of, c + n) != place)
                break;
        double copies = copies_at(model, sent, &model->core_class[c], n);
        uint32_t senders = 0;
        for (uint32_t i = 0; i < n; i++)
            senders += model->core_class[c + i] == sent->from;
        if (sent->from == PROGRAM_NONE)
            own += place == of_host ? copies : 0;
        else
            own += copies * senders / model->class_of[sent->from].n_cores;
        all += copies;
    }
    return all - own;
}

static void add_ups(const ExpectModel *model, double *mean)
{
    const Plan *plan = &model->plan;
    const Topology *topology = plan->topology;
    for (uint32_t c = 0; c < plan->n_cores; c++) {
        const ExpectClass *core = &model->class_of[model->core_class[c]];
        uint32_t tile = plan->program->core[c].core / plan->cores_per_tile;
        model->sent[model->core_class[c]].flits +=
            add_flits(model, mean, tile / topology->n_tiles,
                      &topology->to_router[tile % topology->n_tiles], core->events + core->silent);
    }
}

/* One link of the mean; frame_ps 0: of flits. */
static LinkCounts link_counts(const ExpectModel *model, double mean, uint64_t frame_ps)
{
    uint64_t flits = expect_sum(model, mean), busy = flits * model->plan.flit_cycles;
    if (frame_ps > 0)
        busy = clock_edge_at_or_after(&model->plan.clock[DOMAIN_NOC], flits * frame_ps);
    return (LinkCounts){flits, flits, busy, COUNT_UNKNOWN};
}

/* All links between routers, of both kinds. */
static void share_between(const ExpectModel *model, double between, double off_board)
{
    const Plan *plan = &model->plan;
    uint32_t n_off_board = 0;
    for (uint32_t l = 0; l < plan->n_router_links; l++)
        n_off_board += plan->topology->router_link[l].off_board;
    const uint32_t n[2] = {plan->n_router_links - n_off_board, n_off_board};
    const double mean[2] = {n[0] == 0 ? 0 : (between - off_board) / n[0],
                            n[1] == 0 ? 0 : off_board / n[1]};
    for (uint32_t l = 0; l < plan->n_router_links; l++)
        model->tally.link[plan->n_links + l] =
            link_counts(model, mean[plan->topology->router_link[l].off_board],
                        plan->frame_links ? plan_link(plan, l)->frame_ps : 0);
}

void expect_links(Arena *arena, ExpectModel *model)
{
    const Plan *plan = &model->plan;
    double *mean = ARENA_ARRAY(arena, double, plan->n_links), packets = 0;
    double between = 0, off_board = 0;
    model->sent = ARENA_ARRAY(arena, ExpectSent, (size_t)model->n_classes + 1);
    for (uint32_t k = 0; k <= model->n_classes; k++) {
        bool is_host = k == model->n_classes;
        const ExpectClass *from = is_host ? NULL : &model->class_of[k];
        double n = is_host ? 1 : from->n_cores;
        double events = is_host ? model->options->size[0] * model->options->rate[0] : from->events;
        double silent = is_host ? (events > 0 ? 0 : 1) : from->silent;
        Sent sent = {is_host ? PROGRAM_NONE : k, n * (events - (1 - silent)), n};
        ExpectSent *all = &model->sent[k];
        all->packets = n * (events + silent);
        if (!plan->mesh)
            all->flits = add_tiles(model, &sent, mean);
        if (plan->n_router_links > 0)
            all->between = copies_between(model, &sent, router_itself);
        if (chip_boards(plan->chip) > 1)
            all->off_board = copies_between(model, &sent, board_of);
        packets += all->packets;
        between += all->between;
        off_board += all->off_board;
    }
    if (!plan->mesh)
        add_ups(model, mean);
    for (uint32_t l = 0; l < plan->n_links; l++)
        model->tally.link[l] = link_counts(model, mean[l], 0);
    share_between(model, between, off_board);
    RouterCounts *router = &model->tally.router;
    router->lookups = router->busy_cycles = expect_sum(model, packets + between);
    router->stall_cycles = COUNT_UNKNOWN;
}
