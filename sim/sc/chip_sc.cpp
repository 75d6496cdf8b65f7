// chip_sc.cpp - see chip_sc.hpp.
#include "chip_sc.hpp"

#include <string>

namespace egret
{

DomainModule::DomainModule(const sc_core::sc_module_name &name, Chip &chip, Domain domain)
    : sc_core::sc_module(name), chip_(chip), domain_(domain)
{
    SC_HAS_PROCESS(DomainModule);
    SC_METHOD(drain); // runs once at time 0, then on its event
    sensitive << due_;
}

void DomainModule::notify_at(uint64_t ps)
{
    // A drained domain may be ahead of the kernel's time, never behind it; an earlier notice
    // overrides.
    const uint64_t now_ps = sc_core::sc_time_stamp().value();
    due_.notify(sc_core::sc_time::from_value(ps - now_ps));
}

void DomainModule::drain()
{
    chip_.drain(domain_);
}

Cores::Cores(const sc_core::sc_module_name &name, Chip &chip, const Program &program)
    : DomainModule(name, chip, DOMAIN_CORES)
{
    cores_.reserve(program.n_cores);
    for (uint32_t c = 0; c < program.n_cores; c++) {
        const std::string core = "core_" + std::to_string(program.core[c].core);
        cores_.push_back(std::make_unique<Part>(core.c_str()));
    }
}

namespace
{

std::string placed(const char *what, Cell2d cell)
{
    return what + ("_" + std::to_string(cell.x)) + "_" + std::to_string(cell.y);
}

} // namespace

Router::Router(const sc_core::sc_module_name &name, const Topology &topology, uint32_t router)
    : Part(name)
{
    static const char *const four[] = {"link_e", "link_n", "link_w", "link_s"};
    static const char *const six[] = {"link_e", "link_ne", "link_n", "link_w", "link_sw", "link_s"};
    const char *const *side = topology.n_sides == 6 ? six : four;
    for (uint32_t l = topology.first_router_link[router];
         l < topology.first_router_link[router + 1]; l++)
        links_.push_back(std::make_unique<Part>(side[topology.router_link[l].side]));
}

Routers::Routers(const sc_core::sc_module_name &name, Chip &chip, const Topology &topology)
    : DomainModule(name, chip, DOMAIN_ROUTER)
{
    for (uint32_t r = 0; topology.n_routers > 1 && r < topology.n_routers; r++)
        routers_.push_back(std::make_unique<Router>(
            placed("router", topology.router_cell[r]).c_str(), topology, r));
}

Noc::Noc(const sc_core::sc_module_name &name, Chip &chip, const Plan &plan)
    : DomainModule(name, chip, DOMAIN_NOC)
{
    for (uint32_t t = 0; plan.mesh && t < plan.n_tiles; t++)
        tiles_.push_back(
            std::make_unique<Part>(placed("tile", plan.topology->router_cell[t]).c_str()));
}

Chip::Chip(const sc_core::sc_module_name &name, Machine &machine)
    : sc_core::sc_module(name), machine_(machine), cores_("cores", *this, *machine.plan.program),
      noc_("noc", *this, machine.plan), router_("router", *this, *machine.plan.topology),
      host_("host")
{
}

void Chip::drain(Domain domain)
{
    machine_drain(&machine_, domain);
    Domain next = DOMAIN_CORES;
    const uint64_t ps = machine_next(&machine_, &next);
    if (ps == NEVER)
        return;
    DomainModule *module[N_DOMAINS] = {&cores_, &noc_, &router_};
    module[next]->notify_at(ps);
}

} // namespace egret
