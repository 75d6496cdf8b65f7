/* mesh_waits.c - what the packet at the head of a queue waits for.
 *
 * A look-up takes places in all ways out at once, so a head waits for the first way out that has no
 * place free; that way out waits for room in the buffer behind its link, whose head is next. Asked when
 * a run has stopped; changes nothing. Cost: O(ways out of one router).
 */
#include "mesh_model.h"

/* The first way out that has no place for the copies of this node. */
static Wait full_way_out(const MeshModel *mesh, const PlanNode *node)
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
    uint32_t node = head->node;
    if (node == PROGRAM_NONE) { /* not looked up yet: the root of its key's tree */
        Packet packet = head->packet;
        const SourceBlock *block = plan_identify(plan, &packet);
        if (block == NULL)
            return (Wait){.kind = WAIT_NONE};
        node = block->root;
    }
    return full_way_out(mesh, &plan->node[node]);
}
