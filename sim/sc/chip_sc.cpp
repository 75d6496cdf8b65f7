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

Chip::Chip(const sc_core::sc_module_name &name, Machine &machine)
    : sc_core::sc_module(name), machine_(machine), cores_("cores", *this, *machine.plan.program),
      noc_("noc", *this, DOMAIN_NOC), router_("router", *this, DOMAIN_ROUTER), host_("host")
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
