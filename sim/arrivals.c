/* arrivals.c - three walks a source: its events that close no step, where its events lead at all,
 * and the packets that close its steps.
 *
 * A packet that closes a step may be an event; to a core that hears no events of the source it is
 * a mere marker. Cost: three times that of walk_keys.
 */
#include "arrivals.h"

void arrivals_init(Arena *scratch, Arrivals *arrivals, const Program *program,
                   const Topology *topology, Err *err)
{
    uint32_t most_keys = program->n_inputs;
    for (uint32_t l = 0; l < program->n_layers; l++)
        if (program->layer[l].n_units > most_keys)
            most_keys = program->layer[l].n_units;
    *arrivals = (Arrivals){
        .arrival = ARENA_ARRAY(scratch, Arrival, program->n_cores),
        .times = ARENA_ARRAY(scratch, uint64_t, most_keys),
        .open_events = ARENA_ARRAY(scratch, uint64_t, program->n_cores),
        .hears = ARENA_ARRAY(scratch, uint32_t, program->n_cores),
    };
    walk_init(scratch, &arrivals->walk, program, topology, err);
}

static uint64_t take_host(Walk *walk)
{
    uint64_t packets = walk->to_host;
    walk->to_host = 0;
    return packets;
}

static Status walk_open_events(Arrivals *arrivals, const Sender *sender)
{
    Walk *walk = &arrivals->walk;
    for (uint32_t i = 0; i < sender->n_keys; i++)
        arrivals->times[i] = sender->times[i] - sender->closing[i + 1];
    TRY(walk_keys(walk, sender->core, sender->key, sender->n_keys, arrivals->times));
    for (uint32_t i = 0; i < walk->n_touched; i++) {
        uint32_t c = walk->touched[i];
        arrivals->open_events[c] = walk->delivered[c];
        walk->delivered[c] = 0;
    }
    walk->n_touched = 0;
    arrivals->host_events = take_host(walk);
    return STATUS_OK;
}

/* Where the source's events lead at all, whether or not there were any. */
static Status walk_hearers(Arrivals *arrivals, const Sender *sender)
{
    Walk *walk = &arrivals->walk;
    for (uint32_t i = 0; i < sender->n_keys; i++)
        arrivals->times[i] = 1;
    walk->probe = true;
    TRY(walk_keys(walk, sender->core, sender->key, sender->n_keys, arrivals->times));
    walk->probe = false;
    for (uint32_t i = 0; i < walk->n_touched; i++) {
        uint32_t c = walk->touched[i];
        arrivals->hears[c] = sender->source + 1;
        walk->delivered[c] = 0;
    }
    walk->n_touched = 0;
    arrivals->host_hears = take_host(walk) > 0;
    return STATUS_OK;
}

Status arrivals_walk(Arrivals *arrivals, const Sender *sender)
{
    Walk *walk = &arrivals->walk;
    const uint64_t silent = sender->closing[0];
    TRY(walk_open_events(arrivals, sender));
    TRY(walk_hearers(arrivals, sender));
    TRY(walk_keys(walk, sender->core, sender->marker_key, program_marker_keys(sender->n_keys),
                  sender->closing));
    arrivals->n = walk->n_touched;
    for (uint32_t i = 0; i < walk->n_touched; i++) {
        uint32_t c = walk->touched[i];
        uint64_t closed = walk->delivered[c];
        bool hears = arrivals->hears[c] == sender->source + 1;
        arrivals->arrival[i] =
            (Arrival){c, hears, arrivals->open_events[c] + (hears ? closed - silent : 0),
                      hears ? silent : closed, closed};
        arrivals->open_events[c] = 0;
        walk->delivered[c] = 0;
    }
    walk->n_touched = 0;
    arrivals->host_closed = take_host(walk);
    arrivals->host_markers = arrivals->host_closed;
    if (arrivals->host_hears) {
        arrivals->host_events += arrivals->host_closed - silent;
        arrivals->host_markers = silent;
    }
    return STATUS_OK;
}
