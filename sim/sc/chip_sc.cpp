// chip_sc.cpp - see chip_sc.hpp.
#include "chip_sc.hpp"

#include <algorithm>

namespace egret
{

namespace
{

constexpr std::uint64_t kQuantumPs = 10000000; // 10 us

} // namespace

ClockDomain::ClockDomain(const sc_core::sc_module_name &name, MachineChip &chip)
    : sc_core::sc_module(name), chip_(chip)
{
    SC_HAS_PROCESS(ClockDomain);
    SC_METHOD(drain); // runs once at time 0, then on its event
    sensitive << due_;
}

void ClockDomain::notify_at(std::uint64_t ps)
{
    // The machine is never behind the kernel's time.
    const std::uint64_t now_ps = sc_core::sc_time_stamp().value();
    due_.notify(sc_core::sc_time::from_value(ps - now_ps));
}

void ClockDomain::drain()
{
    chip_.drain();
}

MachineChip::MachineChip(const sc_core::sc_module_name &name, Machine &machine)
    : ChipParts(name, *machine.plan.program, *machine.plan.topology), machine_(machine),
      cores_("clock_cores", *this), noc_("clock_noc", *this), router_("clock_router", *this)
{
    if (machine.vcd != nullptr)
        trace_ = std::make_unique<VcdTrace>("trace", machine, *this);
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

// What a trace makes the cores tell early, the network hears before time goes on.
std::uint64_t MachineChip::drain_until(std::uint64_t until_ps, Domain &next)
{
    for (;;) {
        machine_drain(&machine_, until_ps);
        const std::uint64_t ps = machine_next(&machine_, &next);
        if (trace_ == nullptr)
            return ps;
        trace_->catch_up(ps);
        if (!machine_.stirred)
            return machine_next(&machine_, &next);
    }
}

void MachineChip::drain()
{
    const std::uint64_t now_ps = sc_core::sc_time_stamp().value();
    const std::uint64_t others_ps = sc_core::sc_time_to_pending_activity().value();
    const std::uint64_t ahead_ps = std::min(others_ps, kQuantumPs);
    Domain next = DOMAIN_CORES;
    const std::uint64_t ps = drain_until(ahead_ps > 0 ? now_ps + ahead_ps - 1 : now_ps, next);
    if (ps == NEVER)
        return;
    ClockDomain *module[N_DOMAINS] = {&cores_, &noc_, &router_};
    module[next]->notify_at(ps);
}

} // namespace egret
