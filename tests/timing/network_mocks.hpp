// network_mocks.hpp - NoC, event routers and their links alone, between mocks of cores and host.
//
// The mock cores are never busy: what is delivered is written down with its time. The test hands
// over packets with inject() and runs both domains in the order (time, domain) to the end.
#ifndef TESTS_NETWORK_MOCKS_HPP
#define TESTS_NETWORK_MOCKS_HPP

#include <vector>

#include "../equal/sim_fixture.hpp"
#include "../equal/fabric_tables.hpp"
#include "noc_model.h"
#include "router_model.h"

struct Delivery {
    uint32_t core;
    Packet packet;
    uint64_t noc_cycle;
};

struct HostCopy {
    Packet packet;
    uint64_t available_ps;
};

class NetworkTest : public SimTest
{
  protected:
    Plan plan{};
    NocModel noc{};
    MeshModel mesh{};
    RouterModel router{};
    SimParts parts{};
    Fault fault{};
    bool hop_by_hop = false;                // no closed forms
    const RouterTable *one_table = nullptr; // which cores each key reaches
    std::vector<LinkCounts> links;
    std::vector<Delivery> delivered;
    std::vector<HostCopy> host;
    std::vector<uint64_t> inject_free_cycles;

    // As many keys per core as cores: inject(from, to, ..) sends from one to one, and send_to_all
    // to all (the marker of a core). Routes are written by hand; no weight matters here.
    void use_cores(const std::vector<uint32_t> &cores)
    {
        const auto n = static_cast<uint32_t>(cores.size());
        ASSERT_TRUE(std::is_sorted(cores.begin(), cores.end())); // as they stand in the program
        ASSERT_NO_FATAL_FAILURE(use_network({2, n * n}, 0.01, 1, 1));
        std::vector<SliceSpec> specs;
        for (uint32_t c = 0; c < n; c++)
            specs.push_back({cores[c], 0, c * n, n, FORMAT_SOURCE, 4});
        program = ProgramBuilder(arena, network, chip).build(specs);
        std::vector<RouteEntry> routes;
        for (uint32_t r = 0; r < program->table[0].n_entries; r++)
            routes.push_back(program->table[0].entry[r]);
        auto *all = ARENA_ARRAY(arena, uint32_t, n);
        for (uint32_t c = 0; c < n; c++)
            all[c] = program->core[c].core;
        for (uint32_t c = 0; c < n; c++) {
            const uint32_t key = program->core[c].slice[0].key;
            routes.erase(std::find_if(routes.begin(), routes.end(),
                                      [key](const RouteEntry &entry) { return entry.key == key; }));
            for (RouteEntry &route : routes)
                if (route.key == program->core[c].slice[0].marker_key) {
                    route.core = all;
                    route.n_cores = n;
                }
            for (uint32_t to = 0; to < n; to++)
                routes.push_back({key + to, UINT32_MAX, 1, &program->core[to].core, 0, nullptr, 0});
        }
        std::sort(routes.begin(), routes.end(),
                  [](const RouteEntry &a, const RouteEntry &b) { return a.key < b.key; });
        auto *entry = ARENA_ARRAY(arena, RouteEntry, routes.size());
        std::copy(routes.begin(), routes.end(), entry);
        auto *table = ARENA_ARRAY(arena, RouterTable, 1);
        *table = {static_cast<uint32_t>(routes.size()), entry, 0};
        table->n_ascending = table_count_ascending(table);
        one_table = table;
        FabricTables tables(arena, topology);
        route(&tables);
    }

    // The tables of all routers, made anew from that one.
    void route(FabricTables *tables)
    {
        program->n_tables = 1;
        program->table = one_table;
        if (topology->n_routers > 1)
            tables->route(program);
        start();
    }

    void start()
    {
        fault = {STATUS_OK, &err};
        delivered.clear();
        host.clear();
        inject_free_cycles.clear();
        plan = Plan{};
        plan.program = program;
        plan.topology = topology;
        plan.n_steps = 1;
        plan.hop_by_hop = hop_by_hop;
        ASSERT_EQ(plan_init(arena, &plan, options.point, &err), STATUS_OK) << err.message;
        links.assign(plan.n_links, LinkCounts{});
        const NocHooks noc_hooks = {this,         on_deliver, on_port_arrival, on_inject_free,
                                    on_port_free, nullptr,    nullptr};
        ASSERT_EQ(noc_init(arena, &noc, &plan, &noc_hooks, links.data(), &err), STATUS_OK)
            << err.message;
        const MeshHooks mesh_hooks = {this, on_deliver, on_queue_arrival, on_out_free,
                                      on_inject_free};
        ASSERT_EQ(mesh_init(arena, &mesh, &plan, &mesh_hooks, &err), STATUS_OK) << err.message;
        router = RouterModel{};
        router.parts = &parts;
        router.plan = &plan;
        router.ports = noc_ports(&noc);
        router.mesh = &mesh;
        router.hooks = {this, on_to_host};
        router.fault = &fault;
        ASSERT_EQ(router_init(arena, &router), STATUS_OK) << err.message;
    }

    // Cores by their place in the program.
    void inject(uint32_t from, uint32_t to, uint64_t t0_ps, uint32_t payload = 0)
    {
        inject_key(from, program->core[from].slice[0].key + to, t0_ps, payload);
    }

    void send_to_all(uint32_t from, uint64_t t0_ps, uint32_t payload = 0)
    {
        inject_key(from, program->core[from].slice[0].marker_key, t0_ps, payload);
    }

    void inject_key(uint32_t from, uint32_t key, uint64_t t0_ps, uint32_t payload)
    {
        ASSERT_TRUE(plan.mesh ? mesh_inject_room(&mesh, from) : noc_inject_room(&noc, from));
        Packet packet{};
        packet.key = key;
        packet.payload = payload;
        if (plan.mesh)
            mesh_inject(&mesh, from, &packet, t0_ps);
        else
            noc_inject(&noc, from, &packet, t0_ps);
    }

    uint64_t next_noc() const
    {
        return plan.mesh ? mesh_next(&mesh) : noc_next(&noc);
    }

    // Time of the next event of the two domains; steps the one that is due first.
    uint64_t next_ps() const
    {
        return std::min(edge(DOMAIN_NOC, next_noc()), edge(DOMAIN_ROUTER, router_next(&router)));
    }

    void step()
    {
        if (edge(DOMAIN_NOC, next_noc()) > edge(DOMAIN_ROUTER, router_next(&router))) {
            router_step(&router, router_next(&router));
            while (router.host_queue > 0) // the mock host takes all at once
                router_host_free(&router, router.cycle + 1);
        } else if (plan.mesh) {
            mesh_step(&mesh, mesh_next(&mesh));
        } else {
            noc_step(&noc, noc_next(&noc));
        }
    }

    void run_until(uint64_t ps)
    {
        while (next_ps() < ps)
            step();
        noc_finish(&noc);
    }

    // Core `core` of the program takes no packets, or takes them again.
    void block(uint32_t core)
    {
        const uint32_t id = program->core[core].core, per_tile = plan.cores_per_tile;
        if (plan.mesh)
            mesh_fifo_full(&mesh, id / per_tile, id % per_tile);
        else
            noc_fifo_full(&noc, id / per_tile, id % per_tile);
    }

    void unblock(uint32_t core, uint64_t ps)
    {
        const uint32_t id = program->core[core].core, per_tile = plan.cores_per_tile;
        if (plan.mesh)
            mesh_fifo_free(&mesh, id / per_tile, id % per_tile, ps);
        else
            free_fifo(id / per_tile, id % per_tile, ps);
    }

    void free_fifo(uint32_t tile, uint32_t k, uint64_t ps)
    {
        noc_fifo_free(&noc, tile, k, ps);
        noc_settle(&noc);
    }

    // What the router links counted.
    LinkCounts router_link(uint32_t link)
    {
        std::vector<LinkCounts> counts(plan.n_router_links);
        mesh_finish(&mesh, counts.data());
        return counts[link];
    }

    void run()
    {
        run_until(NEVER);
        EXPECT_EQ(fault.status, STATUS_OK) << err.message;
    }

    uint64_t edge(Domain domain, uint64_t cycle) const
    {
        return cycle == NEVER ? NEVER : clock_edge_ps(&plan.clock[domain], cycle);
    }

    uint32_t tile_of(uint32_t core) const
    {
        return program->core[core].core / plan.cores_per_tile;
    }

    // Links that packets from one core to another cross between routers, by the tables.
    std::vector<uint32_t> router_links_between(uint32_t from, uint32_t to) const
    {
        const uint32_t key = program->core[from].slice[0].key + to;
        uint32_t router_id = topology_router_of_core(topology, program->core[from].core);
        std::vector<uint32_t> way;
        for (;;) {
            const RouteEntry *entry = program_route(program, router_id, key);
            if (entry->n_links == 0)
                return way;
            way.push_back(entry->link[0]);
            router_id = topology->router_link[way.back()].to;
        }
    }

    std::vector<uint64_t> arrivals_at(uint32_t core) const
    {
        std::vector<uint64_t> cycles;
        for (const Delivery &delivery : delivered)
            if (delivery.core == core)
                cycles.push_back(delivery.noc_cycle);
        return cycles;
    }

  private:
    static void on_deliver(void *context, uint32_t dest, const Packet *packet, uint64_t cycle)
    {
        auto *test = static_cast<NetworkTest *>(context);
        const PlanDest &to = test->plan.dest[dest];
        for (uint32_t k = 0; k < 32; k++)
            if (to.mask >> k & 1)
                test->delivered.push_back(
                    {test->plan.core_at[to.tile * test->plan.cores_per_tile + k], *packet, cycle});
    }
    static void on_port_arrival(void *context, uint32_t port, uint64_t cycle)
    {
        router_port_arrival(&static_cast<NetworkTest *>(context)->router, port, cycle);
    }
    static void on_inject_free(void *context, uint32_t, uint64_t cycle)
    {
        static_cast<NetworkTest *>(context)->inject_free_cycles.push_back(cycle);
    }
    static void on_port_free(void *context, uint32_t port, uint64_t cycle)
    {
        router_port_free(&static_cast<NetworkTest *>(context)->router, port, cycle);
    }
    static void on_queue_arrival(void *context, uint32_t queue, uint64_t cycle)
    {
        router_queue_arrival(&static_cast<NetworkTest *>(context)->router, queue, cycle);
    }
    static void on_out_free(void *context, uint32_t at, uint64_t cycle)
    {
        router_out_free(&static_cast<NetworkTest *>(context)->router, at, cycle);
    }
    static void on_to_host(void *context, const Packet *packet, uint64_t available_ps)
    {
        static_cast<NetworkTest *>(context)->host.push_back({*packet, available_ps});
    }
};

#endif
