/* flit_waits.c - what the packet at the head of a queue waits for, around central routers.
 *
 * Links of the network-on-chip are no parties of their own: from the head of a queue the way is
 * followed from router to router, as long as the buffer ahead is full, to the FIFO that has no
 * room, or to the central router whose next way out has none. Ports lead to FIFOs, links between
 * chips are MeshModel's. Asked when a run has stopped; changes nothing.
 * Cost: O(routers).
 */
#include "base/check.h"
#include "flit_network.h"
#include "flit_router.h"

static const Wait NOBODY = {.kind = WAIT_NONE};

/* The input VC in which the head of a queue in front of the network stands. */
static uint32_t vc_of_queue(const FlitNetwork *network, uint32_t queue)
{
    return flit_input_vc(&network->common.net, network->ring[queue].input);
}

/* What a packet waits for before a central router: the first link without a place, or, with *vc the
 * head of it, the first port; false: it can go. */
static bool lacks_way_out(const FlitNetwork *network, const PlanNode *node, Wait *out, uint32_t *vc)
{
    const Plan *plan = network->common.parts.plan;
    for (uint32_t b = 0; b < node->n_branches; b++) {
        uint32_t link = plan->branch[node->first_branch + b].link;
        *out = (Wait){.kind = WAIT_LINK, .id = link};
        if (!mesh_room(&network->mesh, link))
            return true;
    }
    *out = NOBODY;
    for (uint64_t left = node->ports; left; left &= left - 1) {
        uint32_t queue = plan->n_cores + node->router * plan->n_ports + bits_lowest(left);
        *vc = vc_of_queue(network, queue);
        if (network->ring[queue].count == network->ring[queue].capacity)
            return true;
    }
    return false;
}

static Wait full_fifo(const FlitNetwork *network, uint32_t packet)
{
    const Plan *plan = network->common.parts.plan;
    const PlanDest *dest = &plan->dest[network->copy[packet].dest];
    uint32_t full = dest->mask & network->common.full[dest->tile];
    if (full == 0)
        return NOBODY;
    return (Wait){.kind = WAIT_FIFO,
                  .id = plan->core_at[dest->tile * plan->cores_per_tile + bits_lowest(full)]};
}

/* What the flit in front of an input VC waits for. */
static Wait flit_waits(const FlitNetwork *network, uint32_t vc)
{
    const FlitNet *net = &network->common.net;
    const Plan *plan = network->common.parts.plan;
    for (uint32_t n = 0; n <= net->n_routers; n++) {
        const FlitVc *front = &net->vc[vc];
        if (front->count == 0 || front->route == 0)
            return NOBODY;
        uint32_t output = flit_first_port(net, vc) + bits_lowest(front->route);
        FlitEnd end = (FlitEnd)net->port[output].end;
        if (end == FLIT_GATED)
            return full_fifo(network, flit_front(net, front, 0) & ~FLIT_TAIL);
        if (net->out_vc[output].credits > 0)
            return NOBODY;
        vc = net->out_vc[output].to;
        if (end == FLIT_LINK)
            continue;
        const Ring *buffer = &network->ring[network->n_queues + network->port_of[output]];
        const PlanNode *node =
            mesh_head_node(plan, &ring_head(network->waiting, buffer)->packet, PROGRAM_NONE);
        Wait lacking;
        if (buffer->count == 0 || node == NULL || !lacks_way_out(network, node, &lacking, &vc))
            return NOBODY;
        if (lacking.kind != WAIT_NONE)
            return lacking;
    }
    return NOBODY;
}

/* What the packet that the look-up of a party is due for takes, or NULL. */
static const PlanNode *node_of(const FlitNetwork *network, Wait party)
{
    const Plan *plan = network->common.parts.plan;
    if (party.kind == WAIT_LINK) {
        const MeshFlit *head = mesh_head(&network->mesh, party.id);
        return head ? mesh_head_node(plan, &head->packet, head->node) : NULL;
    }
    const Packet *head =
        party.kind == WAIT_LOOK_UP ? router_host_head(&network->common.router) : NULL;
    return head ? mesh_head_node(plan, head, PROGRAM_NONE) : NULL;
}

Wait flit_waits_for(void *self, Wait party)
{
    const FlitNetwork *network = self;
    uint32_t vc;
    Wait lacking;
    if (party.kind == WAIT_INJECT)
        return flit_waits(network, vc_of_queue(network, party.id));
    const PlanNode *node = node_of(network, party);
    if (node == NULL || !lacks_way_out(network, node, &lacking, &vc))
        return NOBODY;
    return lacking.kind != WAIT_NONE ? lacking : flit_waits(network, vc);
}
