/* flit_common.c - see flit_common.h. Cost: O(1) but for the steps of net and routers. */
#include "flit_common.h"

static void fifo_full(void *self, uint32_t core)
{
    FlitCommon *common = self;
    uint32_t id = common->parts.plan->program->core[core].core;
    uint32_t per_tile = common->parts.plan->cores_per_tile;
    common->full[id / per_tile] |= UINT32_C(1) << id % per_tile;
}

static void fifo_free(void *self, uint32_t core, uint64_t ps)
{
    FlitCommon *common = self;
    const Plan *plan = common->parts.plan;
    uint32_t id = plan->program->core[core].core, tile = id / plan->cores_per_tile;
    uint64_t cycle = clock_edge_at_or_after(&plan->clock[DOMAIN_NOC], ps);
    uint32_t wake = common->n_entering + tile;
    common->full[tile] &= ~(UINT32_C(1) << id % plan->cores_per_tile);
    if (flit_net_asks(&common->net, common->tile_router + tile) && common->wheel.due[wake] > cycle)
        wheel_set(&common->wheel, wake, cycle);
}

/* Nothing is worked out ahead: all waits for the next NoC edge. */
static void settle(void *self)
{
    (void)self;
}

static void host_arrival(void *self, const Packet *packet, uint64_t cycle)
{
    router_host_arrival(&((FlitCommon *)self)->router, packet, cycle);
}

static void host_free(void *self, uint64_t cycle)
{
    router_host_free(&((FlitCommon *)self)->router, cycle);
}

static uint64_t next(void *self, Domain domain)
{
    const FlitCommon *common = self;
    if (domain == DOMAIN_ROUTER)
        return router_next(&common->router);
    uint64_t net = flit_net_next(&common->net), wheel = wheel_next(&common->wheel);
    return net < wheel ? net : wheel;
}

static void step_noc(FlitCommon *common, uint64_t cycle)
{
    wheel_advance(&common->wheel, cycle);
    flit_net_pass(&common->net, cycle - 1);
    for (uint32_t id; (id = wheel_take(&common->wheel)) != WHEEL_NONE;) {
        if (id < common->n_entering)
            common->enter(common, id, cycle);
        else
            flit_net_wake(&common->net, common->tile_router + id - common->n_entering);
    }
    flit_net_step(&common->net, cycle);
}

static void step(void *self, Domain domain, uint64_t cycle)
{
    FlitCommon *common = self;
    if (domain == DOMAIN_ROUTER)
        router_step(&common->router, cycle);
    else
        step_noc(common, cycle);
}

static uint64_t held_from_host(void *self)
{
    return router_held(&((FlitCommon *)self)->router);
}

NetworkModel flit_common_model(void *self)
{
    return (NetworkModel){
        .self = self,
        .fifo_full = fifo_full,
        .fifo_free = fifo_free,
        .settle = settle,
        .host_arrival = host_arrival,
        .host_free = host_free,
        .next = next,
        .step = step,
        .held_from_host = held_from_host,
    };
}

void flit_to_host(void *self, const Packet *packet, uint64_t available_ps)
{
    const NetworkHooks *hooks = &((FlitCommon *)self)->parts.hooks;
    hooks->to_host(hooks->context, packet, available_ps);
}

void flit_count_lookups(const FlitCommon *common)
{
    const RouterModel *router = &common->router;
    Tally *tally = common->parts.tally;
    for (uint32_t r = 0; r < common->parts.plan->n_routers; r++)
        tally->router_lookups[r] = router->router[r].lookups;
    tally->router = (RouterCounts){router->lookups, router->busy_cycles, router->stall_cycles};
}
