// chip_sc.cpp - see chip_sc.hpp.
#include "chip_sc.hpp"

namespace egret
{

ClockDomain::ClockDomain(const sc_core::sc_module_name &name, MachineChip &chip, Domain domain)
    : sc_core::sc_module(name), chip_(chip), domain_(domain)
{
    SC_HAS_PROCESS(ClockDomain);
    SC_METHOD(drain); // runs once at time 0, then on its event
    sensitive << due_;
}

void ClockDomain::notify_at(std::uint64_t ps)
{
    // A drained domain may be ahead of the kernel's time, never behind it; an earlier notice
    // overrides.
    const std::uint64_t now_ps = sc_core::sc_time_stamp().value();
    due_.notify(sc_core::sc_time::from_value(ps - now_ps));
}

void ClockDomain::drain()
{
    chip_.drain(domain_);
}

MachineChip::MachineChip(const sc_core::sc_module_name &name, Machine &machine)
    : ChipParts(name, *machine.plan.program, *machine.plan.topology), machine_(machine),
      cores_("clock_cores", *this, DOMAIN_CORES), noc_("clock_noc", *this, DOMAIN_NOC),
      router_("clock_router", *this, DOMAIN_ROUTER)
{
}

void MachineChip::before_end_of_elaboration()
{
    if (machine_.elaborate != nullptr)
        machine_.elaborate(machine_.elaborate_context, static_cast<egret::Chip *>(this));
}

void MachineChip::start_of_simulation()
{
    machine_.parts = taken_over();
    machine_begin(&machine_);
}

void MachineChip::drain(Domain domain)
{
    machine_drain(&machine_, domain);
    Domain next = DOMAIN_CORES;
    const std::uint64_t ps = machine_next(&machine_, &next);
    if (ps == NEVER)
        return;
    ClockDomain *module[N_DOMAINS] = {&cores_, &noc_, &router_};
    module[next]->notify_at(ps);
}

} // namespace egret
