/* pass_routes.c - the multicast trees of all senders.
 *
 * Who needs what comes from needs.c; which demands that makes on the routers, from trees.c; a
 * strategy of the table below lays a tree for each. On a chip with one router there is nothing to
 * lay: everything is delivered where it starts. Cost: that of the parts.
 */
#include "mapping.h"

#include <string.h>

#include "needs.h"
#include "trees.h"

typedef struct Strategy {
    const char *name;
    RouteRun run;
} Strategy;

static const Strategy strategy_list[] = {
    /* the first is the default */
    {"negotiated", route_negotiated},
    {"ner", route_ner},
    {"ldf", route_ldf},
    {"xy", route_xy},
};
enum { N_STRATEGIES = sizeof strategy_list / sizeof strategy_list[0] };

RouteRun route_strategy(const char *name, Err *err)
{
    if (name == NULL)
        return strategy_list[0].run;
    for (size_t i = 0; i < N_STRATEGIES; i++)
        if (strcmp(strategy_list[i].name, name) == 0)
            return strategy_list[i].run;
    char names[256] = "";
    for (size_t i = 0; i < N_STRATEGIES; i++) {
        size_t n = strlen(names);
        snprintf(names + n, sizeof names - n, "%s%s", i > 0 ? ", " : "", strategy_list[i].name);
    }
    err_set(err, STATUS_USAGE, "no routing strategy is called '%.60s'; there are: %s", name, names);
    return NULL;
}

Status pass_routes(Arena *arena, Arena *scratch, Mapping *mapping, Err *err)
{
    RouteRun run = route_strategy(mapping->options->routing, err);
    if (run == NULL)
        return STATUS_USAGE;
    const Topology *graph = mapping->topology;
    mapping->needs = needs_find(arena, scratch, mapping);
    SenderTrees *trees = trees_demand(scratch, graph, mapping->needs);
    trees->task.options = mapping->options;
    if (graph->n_router_links > 0)
        TRY(run(scratch, &trees->task, trees->tree, err));
    mapping->trees = trees;
    mapping->rows = trees_rows(scratch, graph, mapping->needs, trees);
    return STATUS_OK;
}
