/* machine.c - wiring of the models, order of events, watchdog.
 *
 * The order of events over all domains is (time, domain, order of setting); each model's step
 * works on one edge of its domain completely. Values reach another domain ahead of time: what
 * the network tells it tells ahead (network_model.h), the host link has its latency; and a
 * core's packet enters the NoC at the same time at the earliest, where the NoC comes after the
 * cores. So no domain ever has to look at one edge twice.
 *
 * Watchdog: a run that has no event left before the host has all results, or in which nothing
 * moves for stall_limit_cycles while no core computes and the host's link is idle, ends with a
 * summary of the queues and of who waits for whom (watchdog.h). The host's link is simulated in
 * the router's domain.
 */
#include "machine.h"

#include <stdio.h>
#include <string.h>

#include "base/check.h"
#include "run_tables.h"
#include "vcd_file.h"
#include "watchdog.h"

#define DEFAULT_STALL_LIMIT_CYCLES UINT64_C(10000000)

/* ---- wires -------------------- */

static void on_deliver(void *context, uint32_t dest, const Packet *packet, uint64_t cycle)
{
    Machine *machine = context;
    const PlanDest *to = &machine->plan.dest[dest];
    core_deliver(&machine->cores, &machine->plan.dest_pair[to->first_pair], to->n_pairs, packet,
                 plan_cross(&machine->plan, DOMAIN_NOC, cycle, DOMAIN_CORES));
}

static uint64_t on_room_from(void *context, uint32_t dest)
{
    Machine *machine = context;
    const PlanDest *to = &machine->plan.dest[dest];
    uint64_t cycle =
        core_room(&machine->cores, &machine->plan.dest_pair[to->first_pair], to->n_pairs);
    return cycle == NEVER ? NEVER : plan_cross(&machine->plan, DOMAIN_CORES, cycle, DOMAIN_NOC);
}

static void on_expect(void *context, uint32_t dest)
{
    const Machine *machine = context;
    const PlanDest *to = &machine->plan.dest[dest];
    core_expect(&machine->cores, &machine->plan.dest_pair[to->first_pair], to->n_pairs);
}

static bool on_asks_room(void *context, uint32_t core)
{
    const NetworkModel *net = &((Machine *)context)->network;
    return net->asks_room != NULL && net->asks_room(net->self, core);
}

static void on_inject_free(void *context, uint32_t core, Domain domain, uint64_t cycle)
{
    Machine *machine = context;
    if (machine->cores.core[core].composed)
        core_inject_free(&machine->cores, core,
                         plan_cross_after(&machine->plan, domain, cycle, DOMAIN_CORES));
}

static bool on_inject_room(void *context, uint32_t core)
{
    const NetworkModel *net = &((Machine *)context)->network;
    return net->inject_room(net->self, core);
}

static void on_inject(void *context, uint32_t core, const Packet *packet, uint64_t ps)
{
    Machine *machine = context;
    machine->stirred = true;
    machine->network.inject(machine->network.self, core, packet, ps);
}

static void on_fifo_full(void *context, uint32_t core)
{
    const NetworkModel *net = &((Machine *)context)->network;
    net->fifo_full(net->self, core);
}

static void on_fifo_free(void *context, uint32_t core, uint64_t ps)
{
    Machine *machine = context;
    machine->stirred = true;
    machine->network.fifo_free(machine->network.self, core, ps);
}

static uint64_t on_edge_after(void *context)
{
    Machine *machine = context;
    if (machine->edge_after == NEVER)
        machine->edge_after =
            clock_edge_at_or_after(&machine->plan.clock[DOMAIN_CORES], machine->now_ps + 1);
    return machine->edge_after;
}

static void on_to_host(void *context, const Packet *packet, uint64_t available_ps)
{
    Machine *machine = context;
    host_take(&machine->host, packet, available_ps);
}

static void on_host_send(void *context, const Packet *packet, uint64_t cycle)
{
    Machine *machine = context;
    machine->network.host_arrival(machine->network.self, packet, cycle);
}

static uint64_t on_host_waiting(void *context)
{
    const NetworkModel *net = &((Machine *)context)->network;
    return net->held_from_host(net->self);
}

/* Nobody has asked yet what comes after a step that begins now. */
static void on_last_step(void *context, uint32_t step)
{
    Machine *machine = context;
    machine->plan.n_steps = step + 1;
    pairs_end_with(&machine->cores, step);
}

static void on_host_queue_free(void *context, uint64_t cycle)
{
    Machine *machine = context;
    machine->network.host_free(machine->network.self, cycle);
}

/* ---- make -------------------- */

static Status init_models(Arena *arena, Machine *machine, const SimRun *run, Err *err)
{
    const Plan *plan = &machine->plan;
    const bool execute = run->options->mode == SIM_EXECUTE;
    const bool lossy = plan->chip->fifo_full != FIFO_FULL_STALL;
    const NetworkParts parts = {
        .plan = plan,
        .tally = &machine->tally,
        .fault = &machine->fault,
        .parts = &machine->parts,
        .hooks = {machine, on_deliver, on_room_from, on_expect, on_inject_free, on_to_host},
    };
    NetworkModel *net = &machine->network;
    TRY(run->make_network(arena, &parts, net, err));
    machine->cores = (CoreModel){
        .plan = plan,
        .input = run->input,
        .expected = plan->expected,
        .execute = execute,
        .auto_point = run->options->auto_point,
        .lossy = lossy,
        .by_packet = lossy || plan->ticks,
        .own_events = execute && (lossy || plan->ticks),
        .sync = &machine->sync,
        .tables = run->options->tables != NULL ? &run->options->tables->rows : NULL,
        .observer = machine->vcd != NULL ? &machine->observer : run->options->observer,
        .hooks = {machine, on_inject_room, on_inject, on_fifo_full, on_fifo_free, on_edge_after,
                  on_asks_room},
        .parts = &machine->parts,
        .tally = &machine->tally,
        .fault = &machine->fault,
    };
    machine->cores.keeps_origin = machine->cores.by_packet || machine->cores.observer != NULL;
    TRY(core_init(arena, &machine->cores));
    machine->host = (HostModel){
        .plan = plan,
        .sync = &machine->sync,
        .input = run->input,
        .use_values = execute,
        .pipelined = run->options->arrival == ARRIVE_PIPELINED,
        .any_link = run->options->elaborate != NULL,
        .hooks = {machine, on_host_send, on_host_queue_free, on_host_waiting, on_last_step},
        .fault = &machine->fault,
        .parts = &machine->parts,
        .tally = &machine->tally,
        .progress = run->options->progress,
        .progress_context = run->options->progress_context,
    };
    host_init(arena, &machine->host);
    return STATUS_OK;
}

static Status new_plan(Arena *arena, Plan *plan, const SimRun *run, uint32_t n_steps, Err *err)
{
    *plan = (Plan){.program = run->program,
                   .topology = run->topology,
                   .n_steps = n_steps,
                   .ticks = run->options->sync == SYNC_TICK,
                   .hop_by_hop = run->options->hop_by_hop};
    TRY(plan_init(arena, plan, run->options->point, err));
    return plan_pairs(arena, plan, err);
}

static Status make_tables(SimTables *tables, const SimRun *run, uint32_t n_steps, Err *err)
{
    if (tables->made)
        return STATUS_OK;
    TRY(new_plan(tables->arena, &tables->plan, run, n_steps, err));
    pairs_rows(tables->arena, &tables->plan, &tables->rows);
    tables->made = true;
    return STATUS_OK;
}

static Status make_plan(Arena *arena, Plan *plan, const SimRun *run, uint32_t n_steps, Err *err)
{
    SimTables *tables = run->options->tables;
    if (tables != NULL) {
        TRY(make_tables(tables, run, n_steps, err));
        *plan = tables->plan;
        CHECK(plan->program == run->program && plan->n_steps == n_steps);
        plan->topology = run->topology;
        plan_renumber(arena, plan, run->options->point);
    } else {
        TRY(new_plan(arena, plan, run, n_steps, err));
    }
    plan_events(arena, plan, run->expected);
    return STATUS_OK;
}

Status machine_init(Arena *arena, Machine *machine, const SimRun *run, Err *err)
{
    const SimOptions *options = run->options;
    uint32_t n_steps = options->n_steps ? options->n_steps : run->input->n_steps;
    *machine = (Machine){.fault = {.status = STATUS_OK, .err = err}, .vcd = options->vcd};
    if (options->vcd != NULL)
        TRY(vcd_begin(arena, options->vcd, run->program, n_steps, &machine->observer.watched, err));
    const Plan *plan = &machine->plan;
    TRY(make_plan(arena, &machine->plan, run, n_steps, err));
    tally_init(arena, &machine->tally, plan);
    sync_init(&machine->sync, options, plan);
    uint64_t limit =
        options->stall_limit_cycles ? options->stall_limit_cycles : DEFAULT_STALL_LIMIT_CYCLES;
    machine->stall_limit_ps = clock_edge_ps(&plan->clock[DOMAIN_NOC], limit);
    TRY(init_models(arena, machine, run, err));
    machine->cores.tick.event_used = options->event_used;
    machine->cores.tick.event_used_context = options->event_used_context;
    for (int d = 0; d < N_DOMAINS; d++)
        machine->next_cycle[d] = machine->next_ps[d] = NEVER;
    machine->elaborate = options->elaborate;
    machine->elaborate_context = options->elaborate_context;
    return STATUS_OK;
}

void machine_begin(Machine *machine)
{
    machine->edge_after = machine->cores_end_ps = machine->cores_end = NEVER;
    host_begin(&machine->host);
}

/* ---- run -------------------- */

static uint64_t domain_cycle(Machine *machine, Domain domain)
{
    if (domain == DOMAIN_CORES)
        return core_next(&machine->cores);
    uint64_t cycle = machine->network.next(machine->network.self, domain);
    if (domain == DOMAIN_NOC)
        return cycle;
    uint64_t host = host_next(&machine->host);
    return cycle < host ? cycle : host;
}

static uint64_t domain_ps(Machine *machine, Domain domain)
{
    uint64_t cycle = domain_cycle(machine, domain);
    if (cycle != machine->next_cycle[domain]) {
        machine->next_cycle[domain] = cycle;
        machine->next_ps[domain] =
            cycle == NEVER ? NEVER : clock_edge_ps(&machine->plan.clock[domain], cycle);
    }
    return machine->next_ps[domain];
}

uint64_t machine_next(Machine *machine, Domain *domain)
{
    if (machine->fault.status != STATUS_OK)
        return NEVER;
    uint64_t cores = domain_ps(machine, DOMAIN_CORES), noc = domain_ps(machine, DOMAIN_NOC);
    uint64_t router = domain_ps(machine, DOMAIN_ROUTER);
    *domain = DOMAIN_CORES; /* the lowest domain wins a tie */
    uint64_t first = cores;
    if (noc < first) {
        *domain = DOMAIN_NOC;
        first = noc;
    }
    if (router < first) {
        *domain = DOMAIN_ROUTER;
        first = router;
    }
    if (sync_tick_ps(&machine->sync) <= first) { /* comes before all else at its time */
        *domain = DOMAIN_CORES;
        first = sync_tick_ps(&machine->sync);
    }
    return first;
}

uint64_t machine_moves(const Machine *machine)
{
    return machine->network.moves(machine->network.self) + machine->cores.n_tasks +
           machine->host.n_moves;
}

static void fail_stalled(Machine *machine, const char *what)
{
    char text[WATCHDOG_BYTES];
    for (uint32_t c = 0; c < machine->plan.n_cores; c++)
        core_serve(&machine->cores, c, on_edge_after(machine));
    machine->fault.status = err_set(machine->fault.err, STATUS_INTERNAL, "%s: %s", what,
                                    watchdog_summary(machine, text, sizeof text));
}

/* Nothing has moved for too long, and nobody is at work that explains it. */
static void watch(Machine *machine, uint64_t ps)
{
    uint64_t mark = machine_moves(machine);
    if (mark != machine->progress_mark || machine->cores.n_busy > 0 ||
        host_is_busy(&machine->host)) {
        machine->progress_mark = mark;
        machine->progress_ps = ps;
    } else if (ps - machine->progress_ps > machine->stall_limit_ps &&
               !core_is_busy(&machine->cores, on_edge_after(machine))) {
        fail_stalled(machine, "no progress");
    }
}

/* First core edge after the time up to which the cores are on their own: until_ps, or the next
 * edge of another domain, which has nothing to do before unless a core tells it something new. */
static uint64_t cores_end(Machine *machine, uint64_t until_ps)
{
    uint64_t end_ps = until_ps, tick_ps = sync_tick_ps(&machine->sync);
    Domain first = DOMAIN_CORES;
    if (tick_ps <= end_ps)
        end_ps = tick_ps - 1;
    for (Domain d = DOMAIN_CORES + 1; d < N_DOMAINS; d++) {
        uint64_t ps = domain_ps(machine, d);
        if (ps < end_ps) {
            end_ps = ps;
            first = d;
        }
    }
    if (end_ps == machine->cores_end_ps)
        return machine->cores_end;
    const Plan *plan = &machine->plan;
    machine->cores_end_ps = end_ps;
    if (first != DOMAIN_CORES)
        machine->cores_end =
            plan_cross_after(plan, first, machine->next_cycle[first], DOMAIN_CORES);
    else if (end_ps == NEVER)
        machine->cores_end = NEVER;
    else
        machine->cores_end = clock_edge_at_or_after(&plan->clock[DOMAIN_CORES], end_ps + 1);
    return machine->cores_end;
}

/* All edges of the cores before edge `end`, until a core tells the network something. */
static void step_cores(Machine *machine, uint64_t end)
{
    for (uint64_t cycle; !machine->stirred && (cycle = core_next(&machine->cores)) < end;) {
        machine->edge_after = cycle + 1;
        core_step(&machine->cores, cycle);
        if (machine->fault.status != STATUS_OK)
            return;
    }
}

/* No event is left. A superstep that has moved nothing is the last one, or stuck. */
static bool begin_superstep(Machine *machine)
{
    uint64_t moves = machine_moves(machine);
    if (machine->sync.kind != SYNC_BARRIER || core_next(&machine->cores) != NEVER ||
        machine->fault.status != STATUS_OK || machine->host.steps_done == machine->plan.n_steps ||
        moves == machine->sync.moves || machine->network.held(machine->network.self) > 0)
        return false;
    core_settle(&machine->cores);
    uint64_t end_ps =
        clock_edge_ps(&machine->plan.clock[DOMAIN_CORES], machine->tally.last_core_cycle);
    if (end_ps < machine->host.received_ps)
        end_ps = machine->host.received_ps;
    machine->sync.moves = moves;
    uint64_t begin_ps = sync_next(&machine->sync, end_ps);
    if (begin_ps > machine->now_ps) /* else its last slots come free later */
        machine->now_ps = begin_ps;
    machine->progress_ps = machine->now_ps;
    machine->edge_after = NEVER;
    core_wake(&machine->cores,
              clock_edge_at_or_after(&machine->plan.clock[DOMAIN_CORES], machine->now_ps));
    host_go_on(&machine->host, machine->now_ps);
    return true;
}

/* Nothing is left to do before the next tick, if that comes up to until_ps: it begins. */
static bool begin_tick(Machine *machine, uint64_t until_ps)
{
    const uint64_t ps = sync_tick_ps(&machine->sync);
    if (ps > until_ps || ps == NEVER || ps > machine->next_ps[DOMAIN_NOC] ||
        ps > machine->next_ps[DOMAIN_ROUTER])
        return false;
    machine->now_ps = machine->progress_ps = ps;
    machine->edge_after = NEVER;
    machine->sync.superstep++;
    tick_wake(&machine->cores, clock_edge_at_or_after(&machine->plan.clock[DOMAIN_CORES], ps));
    host_go_on(&machine->host, ps);
    return true;
}

static void step_others(Machine *machine, Domain domain)
{
    uint64_t cycle = machine->next_cycle[domain];
    machine->now_ps = machine->next_ps[domain];
    machine->edge_after = plan_cross_after(&machine->plan, domain, cycle, DOMAIN_CORES);
    if (domain == DOMAIN_ROUTER)
        host_step(&machine->host, cycle);
    machine->network.step(machine->network.self, domain, cycle);
    if (machine->host.waits && domain == DOMAIN_ROUTER)
        host_go_on(&machine->host, machine->now_ps);
    watch(machine, machine->now_ps);
}

void machine_drain(Machine *machine, uint64_t until_ps)
{
    while (machine->fault.status == STATUS_OK) {
        if (machine->stirred)
            machine->network.settle(machine->network.self);
        machine->stirred = false;
        uint64_t end = cores_end(machine, until_ps);
        if (core_next(&machine->cores) < end) {
            step_cores(machine, end);
            continue;
        }
        uint64_t noc = machine->next_ps[DOMAIN_NOC], router = machine->next_ps[DOMAIN_ROUTER];
        if (begin_tick(machine, until_ps))
            continue;
        if (noc == NEVER && router == NEVER && begin_superstep(machine))
            continue;
        if ((noc < router ? noc : router) > until_ps || (noc == NEVER && router == NEVER))
            return;
        step_others(machine, noc <= router ? DOMAIN_NOC : DOMAIN_ROUTER);
    }
}

MachineEnd machine_end(const Machine *machine)
{
    const Plan *plan = &machine->plan;
    const Clock *clock = &plan->clock[DOMAIN_CORES];
    uint64_t end = machine->tally.step[plan->n_steps - 1].end_ps;
    uint64_t last = clock_edge_ps(clock, machine->tally.last_core_cycle);
    end = end > last ? end : last;
    return (MachineEnd){end, clock_edge_at_or_after(clock, end)};
}

Status machine_finish(Machine *machine, uint64_t *end_ps, uint64_t *run_cycles)
{
    const Plan *plan = &machine->plan;
    core_settle(&machine->cores);
    if (machine->fault.status == STATUS_OK && machine->host.steps_done < plan->n_steps)
        fail_stalled(machine, "deadlock: no event left");
    TRY(machine->fault.status);
    const MachineEnd end = machine_end(machine);
    *end_ps = end.ps;
    *run_cycles = end.cycles;
    core_finish(&machine->cores, *run_cycles);
    machine->network.finish(machine->network.self);
    for (uint32_t s = 0; s < plan->n_slices; s++) {
        LayerCounts *layer = &machine->tally.layer[plan->slice[s].stage - 1];
        layer->synaptic_ops += machine->tally.slice_ops[s];
        layer->active_cycles += machine->tally.slice_active[s];
    }
    return STATUS_OK;
}
