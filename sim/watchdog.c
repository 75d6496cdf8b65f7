/* watchdog.c - the queues of a run that has stopped, and who waits for whom.
 *
 * Every party waits for one other: a slice for the source whose marker it lacks, or, with a
 * packet in hand, for room to inject; the host for slices of two steps before; a queue for what
 * its head waits for (NetworkModel.waits_for). Slices and the host alone form no ring: a step
 * waits for its layer before, or for earlier steps. So a ring leads through links; without one
 * the chain ends at the party that lacks what nobody will send. A ring is found without memory:
 * after as many hops as there are parties a chain that has not ended goes round. Packets before
 * a FIFO that nobody drains have a chain of their own: who sent them waits no more.
 */
#include "watchdog.h"

#include <stdarg.h>
#include <stdio.h>

enum {
    MAX_LISTED = 6,  /* slices in the summary */
    MAX_PARTIES = 9, /* of a chain or ring    */
    MAX_STARTS = 64  /* slices from which a ring is looked for */
};

typedef struct Text {
    char *at;
    size_t left;
} Text;

#ifdef __GNUC__
__attribute__((format(printf, 2, 3)))
#endif
static void
add(Text *text, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    int n = vsnprintf(text->at, text->left, format, list);
    va_end(list);
    size_t used = n < 0 ? 0 : (size_t)n < text->left ? (size_t)n : text->left - 1;
    text->at += used;
    text->left -= used;
}

/* ---- who waits for whom -------------------- */

/* The first slice of a layer whose marker of this step the host lacks. */
static Wait host_lacks(const Machine *machine, uint32_t stage, uint64_t step)
{
    const Plan *plan = &machine->plan;
    for (uint32_t s = 0; s < plan->n_slices; s++)
        if (plan->slice[s].stage == stage && machine->host.markers[s] <= step)
            return (Wait){WAIT_SLICE, s, step};
    return (Wait){.kind = WAIT_NONE};
}

static Wait host_waits(const Machine *machine, uint64_t step)
{
    Wait party = {.kind = WAIT_NONE};
    if (machine->plan.ticks)
        return party;
    if (step >= 2)
        party = host_lacks(machine, 1, step - 2);
    if (party.kind == WAIT_NONE && step >= 1 && !machine->host.pipelined)
        party = host_lacks(machine, machine->plan.n_layers, step - 1);
    return party;
}

/* The first source of a stage whose packets of this step have not all reached the core. */
static Wait core_lacks(const Machine *machine, uint32_t core, uint32_t stage, uint64_t step)
{
    const Plan *plan = &machine->plan;
    for (uint32_t source = 0; source < plan->n_sources; source++) {
        if (plan_source_stage(plan, source) != stage)
            continue;
        uint32_t pair = plan_pair(plan, core, source);
        if (pair == PROGRAM_NONE || machine->cores.pair[pair].step > step)
            continue;
        if (source < plan->n_slices)
            return (Wait){WAIT_SLICE, source, step};
        if (machine->host.next_step <= step)
            return (Wait){WAIT_HOST, 0, step};
    }
    return (Wait){.kind = WAIT_NONE};
}

static Wait slice_waits(const Machine *machine, uint32_t slice, uint64_t step)
{
    const Plan *plan = &machine->plan;
    uint32_t core = plan->slice[slice].core, own = plan->slice[slice].stage;
    const CoreState *state = &machine->cores.core[core];
    uint64_t next = machine->cores.slice[slice].next_step;
    bool holds = state->composed && state->slice == slice && state->emit_step <= step;
    if (holds || (state->composed && next <= step))
        return (Wait){.kind = WAIT_INJECT, .id = core};
    if (next > step || plan->ticks) /* sent: on its way, or lost; or it waits for nobody */
        return (Wait){.kind = WAIT_NONE};
    Wait party = core_lacks(machine, core, own - 1, next);
    if (party.kind == WAIT_NONE && next >= 1)
        party = core_lacks(machine, core, own, next - 1);
    if (party.kind == WAIT_NONE && next >= 2 && own < plan->n_layers)
        party = core_lacks(machine, core, own + 1, next - 2);
    return party;
}

Wait watchdog_next(const Machine *machine, Wait party)
{
    const NetworkModel *net = &machine->network;
    if (party.kind == WAIT_HOST)
        return host_waits(machine, party.step);
    if (party.kind == WAIT_SLICE)
        return slice_waits(machine, party.id, party.step);
    return net->waits_for ? net->waits_for(net->self, party) : (Wait){.kind = WAIT_NONE};
}

/* ---- rings and chains -------------------- */

/* A party of the ring that the chain from `party` leads into, or none. */
static Wait ring_from(const Machine *machine, Wait party)
{
    const Plan *plan = &machine->plan;
    uint64_t n_parties = (uint64_t)plan->n_slices * plan->n_steps + plan->n_steps + plan->n_cores +
                         plan->n_router_links;
    for (uint64_t i = 0; i <= n_parties && party.kind != WAIT_NONE; i++)
        party = watchdog_next(machine, party);
    return party;
}

static Wait find_ring(const Machine *machine)
{
    const Plan *plan = &machine->plan;
    Wait ring = {.kind = WAIT_NONE};
    for (uint32_t l = 0; l < plan->n_router_links && ring.kind == WAIT_NONE; l++)
        ring = ring_from(machine, (Wait){.kind = WAIT_LINK, .id = l});
    for (uint32_t s = 0, n = 0; s < plan->n_slices && n < MAX_STARTS; s++) {
        uint64_t step = machine->cores.slice[s].next_step;
        if (ring.kind != WAIT_NONE || step >= plan->n_steps)
            continue;
        ring = ring_from(machine, (Wait){WAIT_SLICE, s, step});
        n++;
    }
    return ring;
}

static void add_party(const Machine *machine, Wait party, Text *text)
{
    const Plan *plan = &machine->plan;
    Arena *scratch = arena_new();
    if (party.kind == WAIT_HOST)
        add(text, "step %llu of the host", (unsigned long long)party.step);
    else if (party.kind == WAIT_SLICE)
        add(text, "step %llu of core %u (layer %u)", (unsigned long long)party.step,
            plan->program->core[plan->slice[party.id].core].core, plan->slice[party.id].stage - 1);
    else if (party.kind == WAIT_INJECT)
        add(text, "room to inject on core %u", plan->program->core[party.id].core);
    else if (party.kind == WAIT_FIFO)
        add(text, "room in the FIFO of core %u", plan->program->core[party.id].core);
    else if (party.kind == WAIT_LOOK_UP)
        add(text, "the look-up of the host's packets");
    else
        add(text, "room behind link %s",
            topology_link_name(scratch, plan->topology, plan->n_links + party.id));
    arena_free(scratch);
}

/* Parties from the first one on, up to the end of the chain or back to the first. */
static void add_chain(const Machine *machine, Wait first, Text *text)
{
    Wait party = first;
    for (uint32_t n = 0; party.kind != WAIT_NONE; n++) {
        if (n == MAX_PARTIES) {
            add(text, " <- ..");
            return;
        }
        add(text, "%s", n == 0 ? "" : " <- ");
        add_party(machine, party, text);
        party = watchdog_next(machine, party);
        if (party.kind == first.kind && party.id == first.id && party.step == first.step) {
            add(text, " <- the first");
            return;
        }
    }
    add(text, " <- nobody that is known");
}

/* Does the chain from here on end at a FIFO without room? */
static bool leads_to_fifo(const Machine *machine, Wait party)
{
    const Plan *plan = &machine->plan;
    for (uint32_t n = 0; n < plan->n_router_links + 2 && party.kind != WAIT_NONE; n++) {
        if (party.kind == WAIT_FIFO)
            return true;
        party = watchdog_next(machine, party);
    }
    return false;
}

/* The first queue of packets that waits, in the end, for a FIFO: of a core, behind a link, from
 * the host. */
static Wait find_blocked(const Machine *machine)
{
    const Plan *plan = &machine->plan;
    Wait queue;
    for (uint32_t c = 0; c < plan->n_cores; c++) {
        queue = (Wait){.kind = WAIT_INJECT, .id = c};
        if (leads_to_fifo(machine, queue))
            return queue;
    }
    for (uint32_t l = 0; l < plan->n_router_links; l++) {
        queue = (Wait){.kind = WAIT_LINK, .id = l};
        if (leads_to_fifo(machine, queue))
            return queue;
    }
    queue = (Wait){.kind = WAIT_LOOK_UP};
    return leads_to_fifo(machine, queue) ? queue : (Wait){.kind = WAIT_NONE};
}

static void add_who_waits(const Machine *machine, Text *text)
{
    const Wait ring = find_ring(machine);
    const HostModel *host = &machine->host;
    if (ring.kind != WAIT_NONE) {
        add(text, "; each waits for the next in a ring: ");
        add_chain(machine, ring, text);
    } else if (host->steps_done < machine->plan.n_steps) {
        Wait lacks = host_lacks(machine, machine->plan.n_layers, host->steps_done);
        add(text, "; each waits for the next: the result <- ");
        add_chain(machine, lacks, text);
    }
    const Wait blocked = find_blocked(machine);
    if (blocked.kind != WAIT_NONE) {
        add(text, "; packets wait for ");
        add_chain(machine, blocked, text);
    }
}

/* ---- queues -------------------- */

static void add_cores(const Machine *machine, Text *text)
{
    const Plan *plan = &machine->plan;
    for (uint32_t s = 0, listed = 0; s < plan->n_slices && listed < MAX_LISTED; s++) {
        const SliceState *slice = &machine->cores.slice[s];
        const CoreState *core = &machine->cores.core[plan->slice[s].core];
        if (slice->next_step >= plan->n_steps)
            continue;
        uint32_t own = plan->slice[s].stage;
        const CoreStage *stage =
            &machine->cores.stage[plan_heard(plan, plan->slice[s].core, own - 1)];
        add(text,
            "; core %u (layer %u, %u in FIFO%s) waits for step %llu, has %llu of the layer "
            "before and %llu of its own",
            plan->program->core[plan->slice[s].core].core, own - 1, core->fifo.count,
            core->composed ? ", stalled" : "", (unsigned long long)slice->next_step,
            (unsigned long long)stage[0].complete, (unsigned long long)stage[1].complete);
        listed++;
    }
}

const char *watchdog_summary(const Machine *machine, char *line, size_t n)
{
    const NetworkModel *net = &machine->network;
    Text text = {line, n};
    add(&text, "%llu packets in the network, %llu from the host; host has %u of %u steps",
        (unsigned long long)net->held(net->self),
        (unsigned long long)net->held_from_host(net->self), machine->host.steps_done,
        machine->plan.n_steps);
    char links[WATCHDOG_BYTES] = "";
    net->waiting(net->self, links, sizeof links);
    add(&text, "%s", links);
    add_who_waits(machine, &text);
    add_cores(machine, &text);
    return line;
}
