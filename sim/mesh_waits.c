/* mesh_waits.c - what the packet at the head of a queue waits for, on links of MeshModel.
 *
 * A look-up takes places in all ways out at once, so a head waits for the first way out that has
 * no place free; that way out waits for room in the buffer behind its link, whose head is next.
 * Asked when a run has stopped; changes nothing. Cost: O(ways out of one router).
 */
#include "mesh_model.h"

/* The first way out that has no place for the copies of this node. */
Wait mesh_node_waits(const MeshModel *mesh, const PlanNode *node)
{
    const Plan *plan = mesh->plan;
    for (uint32_t b = 0; b < node->n_branches; b++) {
        uint32_t link = plan->branch[node->first_branch + b].link;
        if (!mesh_room(mesh, link))
            return (Wait){.kind = WAIT_LINK, .id = link};
    }
    uint32_t full = plan->mesh ? node->cores & mesh->full[node->router] : 0;
    for (uint32_t k = 0; k < plan->cores_per_tile && full != 0; k++)
        if (full >> k & 1)
            return (Wait){.kind = WAIT_FIFO,
                          .id = plan->core_at[node->router * plan->cores_per_tile + k]};
    return (Wait){.kind = WAIT_NONE};
}

/* Not looked up yet: the root of its key's tree. */
const PlanNode *mesh_head_node(const Plan *plan, const Packet *head, uint32_t node)
{
    Packet packet = *head;
    if (node != PROGRAM_NONE)
        return &plan->node[node];
    const SourceBlock *block = plan_identify(plan, &packet);
    return block != NULL ? &plan->node[block->root] : NULL;
}

Wait mesh_waits_for(const MeshModel *mesh, Wait queue)
{
    const Plan *plan = mesh->plan;
    if ((queue.kind != WAIT_LINK && queue.kind != WAIT_INJECT) ||
        (queue.kind == WAIT_INJECT && !plan->mesh))
        return (Wait){.kind = WAIT_NONE};
    uint32_t id = queue.kind == WAIT_LINK ? queue.id : plan->n_router_links + queue.id;
    const MeshFlit *head = mesh_head(mesh, id);
    if (head == NULL)
        return (Wait){.kind = WAIT_NONE};
    const PlanNode *node = mesh_head_node(plan, &head->packet, head->node);
    return node != NULL ? mesh_node_waits(mesh, node) : (Wait){.kind = WAIT_NONE};
}
