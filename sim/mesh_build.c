/* mesh_build.c - queues, places and slots of a MeshModel, from the Topology.
 *
 * Queues: the buffer behind every router link; on a mesh the inject queue of every core in use.
 * Ways out: every router link; on a mesh the eject port of every tile. A link of a mesh has the
 * slots of plan_link_slots; one between chips has buffer_flits, one more, and one for each frame
 * that fits into the way there and back, of a link on its board or off it, so that its credits hold up no frame when the router
 * behind it keeps up. Rings are no longer than the packets that can be under way at once.
 */
#include "mesh_model.h"

#include "base/check.h"

#define MAX_RING_BYTES (UINT64_C(4) << 30)

static uint64_t fewer(uint64_t a, uint64_t b)
{
    return a < b ? a : b;
}

/* Slots of the buffer behind a link. */
static uint64_t link_slots(const Plan *plan, uint32_t router_link)
{
    if (!plan->frame_links)
        return plan_link_slots(plan);
    const PlanLink *link = plan_link(plan, router_link);
    uint64_t round_trip = 2 * link->latency_ps;
    return plan->buffer_flits + 1 + (round_trip + link->frame_ps - 1) / link->frame_ps;
}

static Status build_queues(Arena *arena, MeshModel *mesh, Err *err)
{
    const Plan *plan = mesh->plan;
    uint64_t in_flight = plan_packets_in_flight(plan);
    uint64_t inject = fewer(plan->inject_packets, in_flight), n_credits = 0;
    mesh->n_places = (uint32_t)fewer(plan->port_packets, in_flight);
    for (uint32_t l = 0; l < plan->n_router_links; l++) {
        uint64_t slots = fewer(link_slots(plan, l), in_flight);
        mesh->queue[l].first = n_credits;
        mesh->queue[l].capacity = (uint32_t)slots;
        n_credits += slots;
    }
    uint64_t n_flits = n_credits + inject * (mesh->n_queues - plan->n_router_links);
    uint64_t n_places = (uint64_t)mesh->n_places * mesh->n_outs;
    if ((n_flits + n_places) > MAX_RING_BYTES / (sizeof(MeshFlit) + sizeof(uint64_t)))
        return err_set(err, STATUS_UNSUPPORTED,
                       "chip '%s': buffers and queues of the routers hold %llu packets; at most "
                       "%llu can be simulated",
                       plan->chip->name, (unsigned long long)(n_flits + n_places),
                       (unsigned long long)(MAX_RING_BYTES / (sizeof(MeshFlit) + 8)));
    for (uint32_t q = plan->n_router_links; q < mesh->n_queues; q++) {
        mesh->queue[q].first = n_credits + inject * (q - plan->n_router_links);
        mesh->queue[q].capacity = (uint32_t)inject;
    }
    mesh->flit = ARENA_ARRAY(arena, MeshFlit, n_flits);
    mesh->credit = ARENA_ARRAY(arena, uint64_t, n_credits); /* 0: free from the start */
    mesh->wait = ARENA_ARRAY(arena, MeshFlit, n_places);
    mesh->gone = ARENA_ARRAY(arena, uint64_t, n_places);
    return STATUS_OK;
}

Status mesh_init(Arena *arena, MeshModel *mesh, const Plan *plan, const MeshHooks *hooks, Err *err)
{
    *mesh = (MeshModel){.plan = plan, .hooks = *hooks};
    mesh->n_queues = plan->n_router_links + (plan->mesh ? plan->n_cores : 0);
    mesh->n_outs = plan->n_router_links + (plan->mesh ? plan->n_tiles : 0);
    mesh->queue = ARENA_ARRAY(arena, MeshQueue, mesh->n_queues);
    mesh->out = ARENA_ARRAY(arena, MeshOut, mesh->n_outs);
    mesh->full = ARENA_ARRAY(arena, uint32_t, plan->mesh ? plan->n_tiles : 0);
    wheel_init(arena, &mesh->wheel, plan->mesh ? plan->n_tiles : 0);
    TRY(build_queues(arena, mesh, err));
    for (uint32_t o = 0; o < mesh->n_outs; o++) {
        bool is_link = o < plan->n_router_links;
        mesh->out[o].first = (uint64_t)mesh->n_places * o;
        mesh->out[o].first_slot = is_link ? mesh->queue[o].first : 0;
        mesh->out[o].router =
            is_link ? plan->topology->router_link[o].from : o - plan->n_router_links;
    }
    return STATUS_OK;
}
